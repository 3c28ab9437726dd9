//! clone3 gives a descriptor of the child as well, for which poll can wait.
//!
//! only: linux

use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

/// A child, and what becomes readable when it has ended.
fn start(work: impl FnOnce() -> u8) -> nix::Result<(Pid, OwnedFd)> {
    let mut descriptor = -1;
    // SAFETY: zeroes are valid for a structure of integers.
    let mut wanted: libc::clone_args = unsafe { std::mem::zeroed() };
    wanted.flags = libc::CLONE_PIDFD as u64;
    wanted.pidfd = &raw mut descriptor as u64;
    wanted.exit_signal = libc::SIGCHLD as u64;
    // SAFETY: this process has one thread; without CLONE_VM the child has a copy of all memory.
    let result =
        unsafe { libc::syscall(libc::SYS_clone3, &raw const wanted, size_of_val(&wanted)) };
    match Errno::result(result)? {
        0 => exit(work().into()),
        // SAFETY: the kernel has just made the descriptor for us.
        child => Ok((Pid::from_raw(child as i32), unsafe { OwnedFd::from_raw_fd(descriptor) })),
    }
}

pub fn end_in_child(status: u8) -> nix::Result<Pid> {
    start(|| status).map(|(child, _)| child)
}

pub fn status_of(child: Pid) -> nix::Result<Option<i32>> {
    let status = waitid(Id::Pid(child), WaitPidFlag::WEXITED)?;
    Ok(if let WaitStatus::Exited(_, status) = status { Some(status) } else { None })
}

pub fn answer_of_child(work: impl FnOnce() -> u8) -> nix::Result<Option<i32>> {
    let (child, ends) = start(work)?;
    poll(&mut [PollFd::new(ends.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
    status_of(child)
}

pub fn two_at_once(
    first: impl FnOnce() -> u8,
    second: impl FnOnce() -> u8,
) -> nix::Result<[Option<i32>; 2]> {
    let (one, _) = start(first)?;
    let other = start(second);
    let Ok((other, ends)) = other else {
        status_of(one)?;
        return Err(other.err().unwrap_or(Errno::EIO));
    };
    poll(&mut [PollFd::new(ends.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
    let last = status_of(other); // the second one first
    Ok([status_of(one)?, last?])
}
