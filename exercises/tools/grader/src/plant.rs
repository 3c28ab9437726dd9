//! Faults that a check plants: the n-th call of a function fails, is interrupted, transfers less
//! than was asked for, or ends its process; or a signal arrives just before it.
//!
//! A system call that fails once in a million runs is as good as untested code, so a check makes
//! it fail on purpose, at each position in turn:
//!
//! ```
//! use grader::plant::{Call, plant};
//! use nix::errno::Errno;
//! # fn answer() -> std::io::Result<()> { Ok(()) }
//!
//! fn no_pipe_may_be_refused_without_an_error() {
//!     for n in 1.. {
//!         let planted = plant(Call::Pipe.nth(n).in_parent().fails(Errno::EMFILE));
//!         let result = answer();
//!         if !planted.happened() {
//!             break; // the function makes fewer calls: all positions have been tried
//!         }
//!         assert!(result.is_err(), "pipe number {n} failed with EMFILE");
//!     }
//! }
//! # // A doc test is no test process, in which faults happen: this call only compiles the code.
//! # no_pipe_may_be_refused_without_an_error();
//! ```
//!
//! | to plant | rule |
//! |---|---|
//! | only the second fork fails | `Call::Fork.nth(2).in_parent().fails(Errno::EAGAIN)` |
//! | the disk is full, from the third write to a file on | `Call::Write.from(3).on_files().fails(Errno::ENOSPC)` |
//! | each wait is interrupted once before it waits | `Call::Wait.odd().interrupted()` |
//! | the same, and then once more | `Call::Wait.two_of_three().interrupted()` |
//! | every read gives a byte | `Call::Read.every().short(1)` |
//! | the second child dies between any two of its calls | `Call::Any.nth(n).in_child(1).killed_by(Signal::SIGKILL)` |
//! | it dies after 3 bytes of its first write | `Call::Write.nth(1).in_child(1).torn_after(3)` |
//! | it writes everything, then ends with status 3 | `Call::Exit.nth(1).in_child(1).exits(3)` |
//! | how many calls the children make | `Call::Any.every().in_children().is_counted()` |
//! | SIGTERM arrives just before the first wait | `Call::Wait.nth(1).in_parent().receives(Signal::SIGTERM)` |
//!
//! Calls are counted in each process by itself, from [`plant`] or from the process's birth on. A
//! rule is for calls of the C library's functions, by nix, libc or std, its function `syscall` among
//! them; programs that were started by `exec` do not meet it.

use crate::case::planted::Active;
pub use crate::shared::rule::{Call, Position, Rule};

/// A planted rule. It holds until this value is dropped.
#[derive(Debug)]
#[must_use = "the rule holds only as long as this value lives"]
pub struct Planted(&'static Active);

/// Plants a rule in this process and in those that it forks from now on.
///
/// # Panics
///
/// If a process plants more than 4096 rules. The memory of each is never given back, because a
/// forked process may read it.
pub fn plant(rule: Rule) -> Planted {
    Planted(Active::plant(rule))
}

impl Planted {
    /// Whether the fault happened at least once, in whatever process.
    pub fn happened(&self) -> bool {
        self.times() > 0
    }

    /// How often it happened, in all processes together.
    pub fn times(&self) -> u32 {
        self.0.times()
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        self.0.remove();
    }
}
