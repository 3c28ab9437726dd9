//! # first_waits: one idea at a time
//!
//! Three small functions, each of five minutes. Check one step, then go on to the next:
//!
//! ```text
//! cargo test -p exercises first_waits::step_1
//! ```
//!
//! **Step 1.** `status_if_ended(child)` asks whether this child has ended, and returns at once. The
//! answer is `Some` status if the child has ended: it is waited for then. It is `None` if the child
//! has not ended yet, even if the child is stopped. A process that is no child of the caller's is an
//! error, and not a "not yet".
//!
//! **Step 2.** `first_to_end(children)` waits until one of these children has ended, and returns its
//! status. The others can still be waited for. The caller may have other children; they are none of
//! the function's business. Ask each child in turn by step 1, and sleep for some milliseconds before
//! you ask again. If the list is empty, or one of the processes is no child of the caller's, the
//! error is `Errno::ECHILD`.
//!
//! **Step 3.** `shell_number(status)` returns the number that a shell has in `$?` after a command that
//! ended like that: the exit status, or 128 plus the number of the signal that ended it. It is
//! `None` if the process has not ended.
//!
//! No step forks: the caller has done that.

use std::thread::sleep;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Step 1: the status of `child` if it has ended; `None` if it has not.
///
/// # Errors
///
/// `Errno::ECHILD` if this process has no such child.
pub fn status_if_ended(child: Pid) -> nix::Result<Option<WaitStatus>> {
    todo!("ask for {child}, without waiting")
}

/// Step 2: waits until one of `children` has ended, and returns its status.
///
/// # Errors
///
/// `Errno::ECHILD` if there is none, or one is no child of this process.
pub fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
    todo!("ask each of {children:?} until one has ended, and sleep in between")
}

/// Step 3: what a shell makes of `status`; `None` if the process has not ended.
pub fn shell_number(status: WaitStatus) -> Option<i32> {
    todo!("make one number of {status:?}")
}
