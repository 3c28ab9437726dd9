//! waitid instead of waitpid, and a fork in each function.

use std::process::exit;

use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn end_in_child(status: u8) -> nix::Result<Pid> {
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => exit(status.into()),
        ForkResult::Parent { child } => Ok(child),
    }
}

pub fn status_of(child: Pid) -> nix::Result<Option<i32>> {
    let status = waitid(Id::Pid(child), WaitPidFlag::WEXITED)?;
    Ok(if let WaitStatus::Exited(_, status) = status { Some(status) } else { None })
}

pub fn answer_of_child(work: impl FnOnce() -> u8) -> nix::Result<Option<i32>> {
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => exit(work().into()),
        ForkResult::Parent { child } => status_of(child),
    }
}

pub fn two_at_once(
    first: impl FnOnce() -> u8,
    second: impl FnOnce() -> u8,
) -> nix::Result<[Option<i32>; 2]> {
    // SAFETY: this process has one thread, as the checks ensure.
    let one = match unsafe { fork()? } {
        ForkResult::Child => exit(first().into()),
        ForkResult::Parent { child } => child,
    };
    let answer = answer_of_child(second); // while the first one works
    let first = status_of(one)?;
    Ok([first, answer?])
}
