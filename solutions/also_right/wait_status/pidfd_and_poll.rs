//! A descriptor for the child, and poll with a time limit.
//!
//! only: linux

use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

pub fn in_words(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, status) => format!("ended with exit status {status}"),
        WaitStatus::Signaled(_, signal, core_dumped) => {
            let core_dumped = if core_dumped { " (core dumped)" } else { "" };
            format!("killed by {}{core_dumped}", signal.as_str())
        }
        WaitStatus::Stopped(_, signal) => format!("stopped by {}", signal.as_str()),
        WaitStatus::Continued(_) => String::from("continued"),
        WaitStatus::StillAlive => String::from("still running"),
        other => format!("{other:?}"),
    }
}

pub fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitid(Id::Pid(child), WaitPidFlag::WEXITED) {
            Err(Errno::EINTR) => continue,
            result => break result,
        }
    }
}

pub fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
    let look = || match waitid(Id::Pid(child), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG)? {
        WaitStatus::StillAlive => Ok(None),
        status => Ok(Some(status)),
    };
    if let Some(status) = look()? {
        return Ok(Some(status)); // also refuses what is no child of this process
    }
    // SAFETY: takes numbers only.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
    let descriptor = Errno::result(descriptor)? as i32;
    // SAFETY: the kernel has just given this descriptor to us.
    let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
    let start = Instant::now();
    loop {
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            return look();
        }
        // Rounded up, and as long as poll can wait; the loop comes back if that was not enough.
        let milliseconds = left.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128) as i32;
        let time = PollTimeout::try_from(milliseconds).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(descriptor.as_fd(), PollFlags::POLLIN)], time) {
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return look(),
            Err(error) => return Err(error),
        }
    }
}
