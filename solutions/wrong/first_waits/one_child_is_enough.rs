//! Fails only if no process of the list is a child.
//!
//! base: reference
//! verdict: check failed
//! check: step_2_no_such_child_is_an_error
//! says: a process that is not a child

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
        let mut failed = 0;
        for &child in children {
            match status_if_ended(child) {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => {}
                Err(_) => failed += 1,
            }
        }
        if failed == children.len() {
            break;
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
