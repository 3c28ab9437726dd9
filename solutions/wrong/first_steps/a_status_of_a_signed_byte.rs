//! The exit status is a signed byte.
//!
//! base: reference
//! verdict: check failed
//! check: step_2_the_exit_status_of_a_child

use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Step 1: forks a child that ends with `status`, and returns its PID.
///
/// # Errors
///
/// Fails if the fork fails.
pub fn end_in_child(status: u8) -> nix::Result<Pid> {
    start(|| status)
}

/// Step 2: waits for `child`, and returns its exit status; `None` if a signal ended it.
///
/// # Errors
///
/// Fails if the wait fails.
pub fn status_of(child: Pid) -> nix::Result<Option<i32>> {
    match waitpid(child, None)? {
        WaitStatus::Exited(_, status) => Ok(Some(i32::from(status as i8))),
        _ => Ok(None),
    }
}

/// Step 3: calls `work` in a child, and returns the exit status that the child ended with.
///
/// # Errors
///
/// Fails if a fork or a wait fails.
pub fn answer_of_child(work: impl FnOnce() -> u8) -> nix::Result<Option<i32>> {
    status_of(start(work)?)
}

/// Step 4: calls both in children that run at the same time, and returns their exit statuses.
///
/// # Errors
///
/// Fails if a fork or a wait fails.
pub fn two_at_once(
    first: impl FnOnce() -> u8,
    second: impl FnOnce() -> u8,
) -> nix::Result<[Option<i32>; 2]> {
    let one = start(first)?;
    let other = start(second);
    let status = status_of(one); // even if the second fork has failed
    Ok([status?, status_of(other?)?])
}

/// Forks a child that does `work` and ends, and returns its PID.
fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => exit(work().into()), // of type `!`: the child never returns
        ForkResult::Parent { child } => Ok(child),
    }
}
