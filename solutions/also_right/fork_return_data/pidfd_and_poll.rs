//! A pidfd for each child, and poll, which tells which child has ended.
//!
//! only: linux

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Exited(i32),
    Killed(Signal),
    NoFile,
    Damaged(String),
}

pub fn results_as_they_end<T>(
    folder: &Path,
    count: usize,
    work: impl Fn(usize) -> T,
    mut receive: impl FnMut(usize, Result<T, Failure>),
) -> io::Result<()>
where
    T: Serialize + DeserializeOwned,
{
    let mut running: Vec<(usize, Pid, OwnedFd)> = Vec::new();
    let mut failed = None;
    for index in 0..count {
        // SAFETY: this process has one thread, as the checks ensure.
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                let path = name(folder, getppid(), getpid());
                let status = catch_unwind(AssertUnwindSafe(|| save(&path, &work(index))));
                std::process::exit(status.unwrap_or(101))
            }
            Ok(ForkResult::Parent { child }) => {
                match pidfd(child) {
                    Ok(handle) => running.push((index, child, handle)),
                    Err(error) => {
                        let status = end_of(child)?;
                        receive(index, take(&name(folder, getpid(), child), status));
                        failed = Some(error);
                        break;
                    }
                }
            }
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    while !running.is_empty() {
        let (index, child, handle) = running.swap_remove(ready(&running)?);
        let status = end_of(child)?;
        drop(handle);
        let path = name(folder, getpid(), child);
        receive(index, take(&path, status));
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// A descriptor that can be read from when the child has ended.
fn pidfd(child: Pid) -> nix::Result<OwnedFd> {
    // SAFETY: takes numbers only.
    let handle = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
    // SAFETY: the kernel has just given this descriptor to us.
    Errno::result(handle).map(|handle| unsafe { OwnedFd::from_raw_fd(handle as i32) })
}

fn ready(running: &[(usize, Pid, OwnedFd)]) -> nix::Result<usize> {
    let mut handles: Vec<PollFd> =
        running.iter().map(|child| PollFd::new(child.2.as_fd(), PollFlags::POLLIN)).collect();
    loop {
        match poll(&mut handles, PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(handles.iter().position(|it| it.any() == Some(true)).unwrap_or(0)),
        }
    }
}

fn end_of(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitid(Id::Pid(child), WaitPidFlag::WEXITED) {
            Err(Errno::EINTR) => {}
            status => return status,
        }
    }
}

fn name(folder: &Path, parent: Pid, child: Pid) -> PathBuf {
    folder.join(format!("{parent}-{child}.json"))
}

fn save<T: Serialize>(path: &Path, result: &T) -> i32 {
    let Ok(json) = serde_json::to_vec(result) else { return 1 };
    match fs::write(path, json) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

fn take<T: DeserializeOwned>(path: &Path, status: WaitStatus) -> Result<T, Failure> {
    let read = fs::read(path);
    let _ = fs::remove_file(path);
    match status {
        WaitStatus::Exited(_, 0) => {}
        WaitStatus::Exited(_, status) => return Err(Failure::Exited(status)),
        WaitStatus::Signaled(_, signal, _) => return Err(Failure::Killed(signal)),
        other => panic!("{other:?}"),
    }
    let json = read.map_err(|_| Failure::NoFile)?;
    serde_json::from_slice(&json).map_err(|error| Failure::Damaged(error.to_string()))
}
