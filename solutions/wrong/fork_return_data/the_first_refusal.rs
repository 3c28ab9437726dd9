//! Waits before it asks whether there is a child, and returns that error.
//!
//! base: loops
//! verdict: check failed
//! check: whichever_fork_fails

use std::collections::HashMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, wait, waitpid};
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
    let mut failed = None;
    if count == 0 {
        return Ok(());
    }
    for index in 0..count {
        // SAFETY: this process has one thread, as the checks ensure.
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
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
    loop {
        let status = match wait() {
            Err(nix::errno::Errno::EINTR) => continue,
            status => status?,
        };
        let child = status.pid().unwrap();
        let Some(index) = running.remove(&child) else { continue };
        let path = name(folder, getpid(), child);
        receive(index, take(&path, status));
        if running.is_empty() {
            break;
        }
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(()),
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
