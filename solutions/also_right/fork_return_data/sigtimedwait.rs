//! SIGCHLD is blocked and waited for; then all children are asked. At the end the mask is as it was.
//!
//! only: linux

use std::collections::HashMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
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
    let mut running = HashMap::new();
    let child_signal = SigSet::from(Signal::SIGCHLD);
    let before = child_signal.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK)?;
    let mut failed = None;
    for index in 0..count {
        // SAFETY: this process has one thread, as the checks ensure.
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                let _ = before.thread_set_mask();
                let path = name(folder, getppid(), getpid());
                let status = catch_unwind(AssertUnwindSafe(|| save(&path, &work(index))));
                std::process::exit(status.unwrap_or(101))
            }
            Ok(ForkResult::Parent { child }) => {
                running.insert(child, index);
            }
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let mut outcome = Ok(());
    while !running.is_empty() && outcome.is_ok() {
        let mut ended = Vec::new();
        for child in running.keys().copied() {
            match look_at(child) {
                Ok(WaitStatus::StillAlive) => {}
                Ok(status) => ended.push((child, status)),
                Err(error) => outcome = Err(error),
            }
        }
        for (child, status) in &ended {
            if let Some(index) = running.remove(child) {
                receive(index, take(&name(folder, getpid(), *child), *status));
            }
        }
        if ended.is_empty() && outcome.is_ok() {
            wait_for_signal(&child_signal);
        }
    }
    discard(&child_signal);
    before.thread_set_mask()?;
    outcome?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

fn look_at(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::EINTR) => {}
            status => return status,
        }
    }
}

/// Until SIGCHLD is pending, or some time is over: the signals of several children may be one.
fn wait_for_signal(set: &SigSet) {
    let limit = libc::timespec { tv_sec: 1, tv_nsec: 0 };
    // SAFETY: both pointers are to values that live through the call.
    unsafe { libc::sigtimedwait(set.as_ref(), std::ptr::null_mut(), &limit) };
}

/// The caller did not ask for the signals of these children.
fn discard(set: &SigSet) {
    let none = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: as above.
    while unsafe { libc::sigtimedwait(set.as_ref(), std::ptr::null_mut(), &none) } > 0 {}
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
