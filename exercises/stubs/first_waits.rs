//! # first_waits: one idea at a time
//!
//! Write three small functions, each in about five minutes. Check one step before you go on to the
//! next:
//!
//! ```text
//! cargo test -p exercises first_waits::step_1
//! ```
//!
//! **Step 1.** `status_if_ended(child)` checks whether this child has ended, and returns at once.
//! If the child has ended, the function reaps it and returns its status in a `Some`. If the child
//! has not ended, the function returns `None`, even if the child is stopped. If the process is not
//! a child of the caller, return the error, because "no such child" is not the same as "not yet".
//!
//! **Step 2.** `first_to_end(children)` waits until one of these children has ended, and returns
//! its status. The list contains at least one child. The remaining children of the list can still
//! be waited for. The caller may have other children, which do not belong to your function. Check
//! each child in turn with `status_if_ended`, and sleep for a few milliseconds before you check them
//! all again. If one of the processes is not a child of the caller, return the error that
//! `status_if_ended` returns.
//!
//! **Step 3.** `shell_number(status)` returns the number that a shell stores in `$?` after a
//! command with this status: the exit status, or 128 plus the number of the signal that ended the
//! process. If the process has not ended, it returns `None`.
//!
//! None of the functions forks, because the caller has already forked the children.

use std::thread::sleep;
use std::time::Duration;

use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Step 1: returns the status of `child` if it has ended, and `None` if it has not.
///
/// # Errors
///
/// `Errno::ECHILD` if this process has no such child.
pub fn status_if_ended(child: Pid) -> nix::Result<Option<WaitStatus>> {
    todo!("ask for the status of {child} without waiting")
}

/// Step 2: waits until one of `children` has ended, and returns its status. The list contains at
/// least one child.
///
/// # Errors
///
/// `Errno::ECHILD` if a process in the list is not a child of this process.
pub fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
    todo!("check each of {children:?} until one has ended, and sleep between the rounds")
}

/// Step 3: the number that a shell stores for `status`; `None` if the process has not ended.
pub fn shell_number(status: WaitStatus) -> Option<i32> {
    todo!("convert {status:?} to a number")
}
