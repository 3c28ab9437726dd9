//! # fork_basics: work in a child
//!
//! Write a function that runs a piece of work in a child process and tells the parent its exit
//! status.
//!
//! * The child calls `work` and ends with the number that it returns. It must not go on into the
//!   code that called your function.
//! * The parent waits for the child, and returns its exit status.
//! * If `work` panics, the child ends with status 101, as a Rust program does.
//! * If the fork fails, return the error.

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Runs `work` in a child process and returns the child's exit status.
///
/// # Errors
///
/// The system's reason why it did not fork.
pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    todo!("fork, call work in the child, and wait for it in the parent")
}
