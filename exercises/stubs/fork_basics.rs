//! # fork_basics: work in a child
//!
//! Write a function that runs a piece of work in a child process and tells the parent how the child
//! ended.
//!
//! * The child calls `work` and exits with the number that `work` returns. It must not return into
//!   the code that called your function.
//! * The parent waits for this child and returns its status: `WaitStatus::Exited` with the number
//!   from 0 to 255 that `work` returned, or `WaitStatus::Signaled` if a signal ended the child.
//!   nix's `waitpid` returns this status, so you can pass it on unchanged. While the child runs, the
//!   parent sleeps in its wait; it does not check the child again and again.
//! * If `work` panics, the child ends with status 101, like any Rust program that panics. The panic
//!   must not unwind out of your function into the child's copy of the caller's code.
//! * If the fork fails, return its error and do not try again. There is then no child to wait for.
//! * The caller may have other children. Your function must not wait for them.
//!
//! ```text
//! run_in_child(|| 3)          // Ok(Exited(Pid(4711), 3))
//! run_in_child(|| panic!())   // Ok(Exited(Pid(4712), 101))
//! ```
//!
//! The function may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds; a library would make the function
//! an `unsafe fn`. Signal handlers can interrupt a wait, but you need not consider them until
//! `wait_status`.
//!
//! The checks also test that `work` was called in the child, and only there.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Runs `work` in a child process and returns how the child ended.
///
/// # Errors
///
/// Fails if the fork fails.
pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    todo!("fork, call work in the child, and wait for it in the parent")
}
