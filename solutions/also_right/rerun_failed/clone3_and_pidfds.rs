//! clone3 gives a pidfd for each child, and poll tells which child has ended.
//!
//! only: linux

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded { attempt: u32 },
    Failed { status: i32 },
    Killed { signal: Signal },
}

type Attempt = (usize, u32);

pub fn run_tasks(
    tasks: usize,
    at_once: usize,
    attempts: u32,
    work: impl Fn(usize, u32) -> u8,
) -> nix::Result<Vec<Outcome>> {
    let mut to_do: VecDeque<Attempt> = (0..tasks).map(|task| (task, 1)).collect();
    let mut running: Vec<(Pid, OwnedFd, Attempt)> = Vec::new();
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    loop {
        while running.len() < at_once
            && let Some((task, attempt)) = to_do.pop_front()
        {
            match start(|| work(task, attempt)) {
                Ok((child, handle)) => running.push((child, handle, (task, attempt))),
                Err(error) => return Err(after_all(&running, error)),
            };
        }
        if running.is_empty() {
            return Ok(outcomes.into_values().collect());
        }
        let (child, _handle, (task, attempt)) = running.swap_remove(ready(&running)?);
        let status = end_of(child)?;
        match outcome(status, attempt) {
            Outcome::Failed { .. } | Outcome::Killed { .. } if attempt < attempts => {
                to_do.push_back((task, attempt + 1));
            }
            outcome => {
                outcomes.insert(task, outcome);
            }
        }
    }
}

fn outcome(status: WaitStatus, attempt: u32) -> Outcome {
    match status {
        WaitStatus::Exited(_, 0) => Outcome::Succeeded { attempt },
        WaitStatus::Exited(_, status) => Outcome::Failed { status },
        WaitStatus::Signaled(_, signal, _) => Outcome::Killed { signal },
        other => unreachable!("wait tells nothing else without being asked: {other:?}"),
    }
}

fn after_all(running: &[(Pid, OwnedFd, Attempt)], error: Errno) -> Errno {
    for (child, ..) in running {
        let _ = end_of(*child);
    }
    error
}

fn end_of(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            status => return status,
        }
    }
}

/// The place of a child that has ended.
fn ready(running: &[(Pid, OwnedFd, Attempt)]) -> nix::Result<usize> {
    let mut handles: Vec<PollFd> =
        running.iter().map(|child| PollFd::new(child.1.as_fd(), PollFlags::POLLIN)).collect();
    loop {
        match poll(&mut handles, PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(handles.iter().position(|it| it.any() == Some(true)).unwrap_or(0)),
        }
    }
}

/// Forks by clone3, which gives a descriptor for the child.
fn start(work: impl FnOnce() -> u8) -> nix::Result<(Pid, OwnedFd)> {
    let mut handle: libc::c_int = -1;
    // SAFETY: all fields may be 0.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    arguments.flags = libc::CLONE_PIDFD as u64;
    arguments.pidfd = &raw mut handle as u64;
    arguments.exit_signal = libc::SIGCHLD as u64;
    let size = size_of::<libc::clone_args>();
    // SAFETY: without CLONE_VM it is a fork; this process has one thread, as the checks ensure.
    match unsafe { libc::syscall(libc::SYS_clone3, &raw mut arguments, size) } {
        -1 => Err(Errno::last()),
        0 => exit(catch_unwind(AssertUnwindSafe(work)).unwrap_or(101).into()),
        child => {
            // SAFETY: the kernel has just given this descriptor to us.
            Ok((Pid::from_raw(child as i32), unsafe { OwnedFd::from_raw_fd(handle) }))
        }
    }
}
