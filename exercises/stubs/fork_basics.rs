//! # fork_basics: work in a child
//!
//! Write a function that runs a piece of work in a child process and tells the parent its exit
//! status.
//!
//! * The child calls `work` and ends with the number that it returns. It must not go on into the
//!   code that called your function.
//! * The parent waits for the child, and returns its exit status: 0 to 255, as it was given.
//! * If `work` panics, the child ends with status 101, as a Rust program does. The panic must not
//!   climb out of your function into the child's copy of the caller's code.
//! * If a signal ends the child, there is no exit status. Return the error `Errno::ECHILD`.
//! * If the fork fails, return its error. There is no child then, and nothing to wait for.
//!
//! ```text
//! run_in_child(|| 3)          // Ok(3)
//! run_in_child(|| panic!())   // Ok(101)
//! ```
//!
//! The checks also look whether `work` was called in the child, and only there.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Runs `work` in a child process and returns the child's exit status.
///
/// # Errors
///
/// The system's reason why it did not fork; `Errno::ECHILD` if a signal ended the child.
pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    todo!("fork, call work in the child, and wait for it in the parent")
}
