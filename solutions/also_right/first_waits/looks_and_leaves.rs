//! A look that leaves the status, and then the wait for the one that has ended; the pauses are poll's.

use nix::poll::poll;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

pub fn status_if_ended(child: Pid) -> nix::Result<Option<WaitStatus>> {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    match waitid(Id::Pid(child), look)? {
        WaitStatus::StillAlive => Ok(None),
        _ => waitpid(child, None).map(Some),
    }
}

pub fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
    loop {
        let looks = children.iter().rev().map(|child| status_if_ended(*child).transpose());
        if let Some(status) = looks.flatten().next() {
            return status;
        }
        let _ = poll(&mut [], 4u8); // nothing to wait for but the time
    }
}

pub fn shell_number(status: WaitStatus) -> Option<i32> {
    if let WaitStatus::Exited(_, status) = status {
        return Some(status);
    }
    let WaitStatus::Signaled(_, signal, _) = status else { return None };
    Some(signal as i32 | 128)
}
