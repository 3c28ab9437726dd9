//! The exit status is a signed byte in step 1.
//!
//! base: reference
//! verdict: check failed
//! check: step_1_a_child_that_has_ended_has_a_status

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
    match waitpid(child, Some(WaitPidFlag::WNOHANG))? {
        WaitStatus::StillAlive => Ok(None),
        WaitStatus::Exited(pid, status) => Ok(Some(WaitStatus::Exited(pid, i32::from(status as i8)))),
        status => Ok(Some(status)),
    }
}

/// The longest time for which the end of a child can remain unnoticed.
const PAUSE: Duration = Duration::from_millis(5);

/// Step 2: waits until one of `children` has ended, and returns its status. The list contains at
/// least one child.
///
/// # Errors
///
/// `Errno::ECHILD` if a process in the list is not a child of this process.
pub fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
    loop {
        for &child in children {
            if let Some(status) = status_if_ended(child)? {
                return Ok(status);
            }
        }
        #[expect(clippy::disallowed_methods, reason = "a pause between two looks, not an order")]
        sleep(PAUSE);
    }
}

/// Step 3: the number that a shell stores for `status`; `None` if the process has not ended.
pub fn shell_number(status: WaitStatus) -> Option<i32> {
    match status {
        WaitStatus::Exited(_, status) => Some(status),
        WaitStatus::Signaled(_, signal, _) => Some(128 + signal as i32),
        _ => None, // stopped, continued or still alive
    }
}
