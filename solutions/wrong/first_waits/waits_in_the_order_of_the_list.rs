//! Waits for the first child of the list before it looks at the others.
//!
//! base: reference
//! verdict: deadlock
//! check: step_2_whichever_ends_first
//! says: Check all six

use std::thread::sleep;
use std::time::Duration;

use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Step 1: the status of `child` if it has ended; `None` if it has not.
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

/// How long the end of a child may stay unnoticed.
const PAUSE: Duration = Duration::from_millis(5);

/// Step 2: waits until one of `children` has ended, and returns its status.
///
/// # Errors
///
/// `Errno::ECHILD` if a process in the list is no child of this process.
pub fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
    loop {
        for &child in children {
            return waitpid(child, None);
        }
        #[expect(clippy::disallowed_methods, reason = "a pause between two looks, not an order")]
        sleep(PAUSE);
    }
}

/// Step 3: what a shell makes of `status`; `None` if the process has not ended.
pub fn shell_number(status: WaitStatus) -> Option<i32> {
    match status {
        WaitStatus::Exited(_, status) => Some(status),
        WaitStatus::Signaled(_, signal, _) => Some(128 + signal as i32),
        _ => None, // stopped, continued or still alive
    }
}
