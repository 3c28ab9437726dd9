//! # first_steps: one idea at a time
//!
//! Four small functions, each of five minutes. Check one step, then go on to the next:
//!
//! ```text
//! cargo test -p exercises first_steps::step_1
//! ```
//!
//! **Step 1.** `end_in_child(status)` forks a child that does nothing but end with the exit status
//! `status`. The parent does not wait. It returns the child's PID, and the caller waits.
//!
//! **Step 2.** `status_of(child)` waits until this child has ended. It returns `Some` exit status, or
//! `None` if a signal ended the child, because then there is no exit status.
//!
//! **Step 3.** `answer_of_child(work)` calls `work` in a child. The child ends with the number that the
//! work returns, and the parent returns what step 2 says about the child.
//!
//! **Step 4.** `two_at_once(first, second)` calls each of the two in a child of its own. Both run at the
//! same time, since one may wait for what the other one does. The answers are in the order of the
//! arguments.
//!
//! In all steps: the child ends inside your function and never returns from it. If a fork or a wait
//! fails, return its error. The work does not panic here; `fork_basics` comes to that.
//!
//! The functions may be called only in a process with one thread, because a child has a copy of the
//! calling thread alone. The checks see to that.

use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Step 1: forks a child that ends with `status`, and returns its PID.
///
/// # Errors
///
/// The system's reason why it did not fork.
pub fn end_in_child(status: u8) -> nix::Result<Pid> {
    todo!("fork; the child exits with {status}; the parent returns the child's PID")
}

/// Step 2: waits for `child`, and returns its exit status; `None` if a signal ended it.
///
/// # Errors
///
/// The system's reason why it did not wait.
pub fn status_of(child: Pid) -> nix::Result<Option<i32>> {
    todo!("wait for {child}, and look into the WaitStatus")
}

/// Step 3: calls `work` in a child, and returns the exit status that the child ended with.
///
/// # Errors
///
/// The system's reason why it did not fork, or did not wait.
pub fn answer_of_child(work: impl FnOnce() -> u8) -> nix::Result<Option<i32>> {
    todo!("fork; the child exits with what work returns; the parent calls status_of")
}

/// Step 4: calls both in children that run at the same time, and returns their exit statuses.
///
/// # Errors
///
/// The system's reason why it did not fork, or did not wait.
pub fn two_at_once(
    first: impl FnOnce() -> u8,
    second: impl FnOnce() -> u8,
) -> nix::Result<[Option<i32>; 2]> {
    todo!("fork both children, and then wait for both")
}
