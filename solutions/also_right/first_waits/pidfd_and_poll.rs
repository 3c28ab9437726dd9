//! A descriptor for each child, and one poll for all of them, which needs no pause.
//!
//! only: linux

use std::os::fd::{AsFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

pub fn status_if_ended(child: Pid) -> nix::Result<Option<WaitStatus>> {
    let status = waitid(Id::Pid(child), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG)?;
    Ok(Some(status).filter(|status| *status != WaitStatus::StillAlive))
}

fn descriptor(child: Pid) -> nix::Result<OwnedFd> {
    // SAFETY: takes numbers only.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
    // SAFETY: the kernel has just given this descriptor to us.
    Ok(unsafe { OwnedFd::from_raw_fd(Errno::result(descriptor)? as i32) })
}

pub fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
    // Also refuses what is no child of this process.
    for child in children {
        if let Some(status) = status_if_ended(*child)? {
            return Ok(status);
        }
    }
    let descriptors: Vec<OwnedFd> =
        children.iter().map(|child| descriptor(*child)).collect::<nix::Result<_>>()?;
    let mut asked: Vec<PollFd> =
        descriptors.iter().map(|end| PollFd::new(end.as_fd(), PollFlags::POLLIN)).collect();
    loop {
        match poll(&mut asked, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
        if let Some(first) = asked.iter().position(|end| end.any() == Some(true)) {
            return waitid(Id::Pid(children[first]), WaitPidFlag::WEXITED);
        }
    }
}

pub fn shell_number(status: WaitStatus) -> Option<i32> {
    Some(match status {
        WaitStatus::Exited(_, status) => status,
        WaitStatus::Signaled(_, signal, _) => 128 + signal as i32,
        _ => return None,
    })
}
