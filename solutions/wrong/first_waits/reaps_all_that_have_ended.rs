//! Asks about each child once, reaps all that have ended, and returns the first of them.
//!
//! base: reference
//! verdict: check failed
//! check: step_2_the_others_can_still_be_waited_for
//! says: three children had ended

use std::thread::sleep;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Step 1: returns the status of `child` if it has ended, and `None` if it has not.
///
/// # Errors
///
/// `Errno::ECHILD` if this process has no such child.
pub fn status_if_ended(child: Pid) -> nix::Result<Option<WaitStatus>> {
    match waitpid(child, Some(WaitPidFlag::WNOHANG))? {
        WaitStatus::StillAlive => Ok(None),
        status => Ok(Some(status)),
    }
}

/// The longest time for which the end of a child can remain unnoticed.
const PAUSE: Duration = Duration::from_millis(5);

/// Step 2: waits until one of `children` has ended, and returns its status.
///
/// # Errors
///
/// `Errno::ECHILD` if the list is empty, or if a process in it is not a child of this process.
pub fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
    while !children.is_empty() {
        let asked: nix::Result<Vec<_>> = children.iter().map(|&it| status_if_ended(it)).collect();
        if let Some(status) = asked?.into_iter().flatten().next() {
            return Ok(status);
        }
        #[expect(clippy::disallowed_methods, reason = "a pause between two looks, not an order")]
        sleep(PAUSE);
    }
    Err(Errno::ECHILD) // the error that a wait returns if there are no children
}

/// Step 3: the number that a shell stores for `status`; `None` if the process has not ended.
pub fn shell_number(status: WaitStatus) -> Option<i32> {
    match status {
        WaitStatus::Exited(_, status) => Some(status),
        WaitStatus::Signaled(_, signal, _) => Some(128 + signal as i32),
        _ => None, // stopped, continued or still alive
    }
}
