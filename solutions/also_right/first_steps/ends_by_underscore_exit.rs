//! The child ends by `_exit`, which runs nothing that its parent has registered. It has printed nothing,
//! so no text is lost.

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn end_in_child(status: u8) -> nix::Result<Pid> {
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => end(status),
        ForkResult::Parent { child } => Ok(child),
    }
}

fn end(status: u8) -> ! {
    // SAFETY: takes a number, and does not return.
    unsafe { libc::_exit(status.into()) }
}

pub fn status_of(child: Pid) -> nix::Result<Option<i32>> {
    match waitpid(child, None) {
        Ok(WaitStatus::Exited(pid, status)) if pid == child => Ok(Some(status)),
        Ok(_) => Ok(None),
        Err(error) => Err(error),
    }
}

pub fn answer_of_child(work: impl FnOnce() -> u8) -> nix::Result<Option<i32>> {
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => end(work()),
        ForkResult::Parent { child } => status_of(child),
    }
}

pub fn two_at_once(
    first: impl FnOnce() -> u8,
    second: impl FnOnce() -> u8,
) -> nix::Result<[Option<i32>; 2]> {
    // SAFETY: this process has one thread, as the checks ensure.
    let one = match unsafe { fork()? } {
        ForkResult::Child => end(first()),
        ForkResult::Parent { child } => child,
    };
    let two = answer_of_child(second);
    Ok([status_of(one)?, two?])
}
