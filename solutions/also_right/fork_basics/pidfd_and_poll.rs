//! A descriptor for the child: poll sleeps until it is readable, and then the child has ended.
//!
//! only: linux

use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: this process has one thread, as the checks ensure.
    let child = match unsafe { fork()? } {
        ForkResult::Child => {
            std::process::exit(catch_unwind(AssertUnwindSafe(work)).unwrap_or(101).into())
        }
        ForkResult::Parent { child } => child,
    };
    let Ok(descriptor) = pidfd(child) else { return waitpid(child, None) };
    while poll(&mut [PollFd::new(descriptor.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)
        == Err(Errno::EINTR)
    {}
    waitpid(child, Some(WaitPidFlag::WNOHANG))
}

fn pidfd(child: Pid) -> nix::Result<OwnedFd> {
    // SAFETY: takes numbers only.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
    let descriptor = Errno::result(descriptor)?;
    // SAFETY: the kernel has just given this descriptor to us.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor as i32) })
}
