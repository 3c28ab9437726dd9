//! # first_steps: one idea at a time
//!
//! Write four small functions, each in about five minutes. Check one step before you go on to the
//! next:
//!
//! ```text
//! cargo test -p exercises first_steps::step_1
//! ```
//!
//! **Step 1.** `end_in_child(status)` forks a child that does nothing except end with the exit
//! status `status`. The parent returns the child's PID without waiting, because the caller waits
//! for the child.
//!
//! **Step 2.** `status_of(child)` waits until this child has ended. It returns the exit status in a
//! `Some`, or `None` if a signal ended the child, because there is no exit status in that case. The
//! other variants of `WaitStatus` cannot occur here, so one arm with `_` covers them.
//!
//! **Step 3.** `answer_of_child(work)` calls `work` in a child. The child exits with the number
//! that `work` returns, and the parent returns what `status_of` returns for that child.
//!
//! **Step 4.** `two_at_once(first, second)` calls `first` and `second`, each in a separate child.
//! Both children run at the same time, because one may wait for the other. The function returns the
//! exit statuses in the order of the arguments. If the second fork fails, let the first child
//! finish, wait for it, and then return the error of the fork.
//!
//! In all steps, the child ends inside your function and never returns from it. If a fork or a wait
//! fails, return its error. The caller may have other children, which your functions must leave
//! alone. In this exercise `work` does not panic; `fork_basics` covers panics.
//!
//! The functions may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds.

use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Step 1: forks a child that ends with `status`, and returns its PID.
///
/// # Errors
///
/// Fails if the fork fails.
pub fn end_in_child(status: u8) -> nix::Result<Pid> {
    todo!("fork; the child exits with {status}; the parent returns the child's PID")
}

/// Step 2: waits for `child`, and returns its exit status; `None` if a signal ended it.
///
/// # Errors
///
/// Fails if the wait fails.
pub fn status_of(child: Pid) -> nix::Result<Option<i32>> {
    todo!("wait for {child}, and match on its WaitStatus")
}

/// Step 3: calls `work` in a child, and returns the exit status that the child ended with.
///
/// # Errors
///
/// Fails if a fork or a wait fails.
pub fn answer_of_child(work: impl FnOnce() -> u8) -> nix::Result<Option<i32>> {
    todo!("fork; the child exits with what work returns; the parent calls status_of")
}

/// Step 4: calls both in children that run at the same time, and returns their exit statuses.
///
/// # Errors
///
/// Fails if a fork or a wait fails.
pub fn two_at_once(
    first: impl FnOnce() -> u8,
    second: impl FnOnce() -> u8,
) -> nix::Result<[Option<i32>; 2]> {
    todo!("fork both children, and then wait for both")
}
