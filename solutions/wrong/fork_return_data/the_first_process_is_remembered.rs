//! The PID of the process that called first is remembered, and a child is another process.
//!
//! base: reference
//! verdict: check failed
//! check: work_may_call_your_function_too

use std::collections::HashMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a child has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It ended with this exit status, which is not 0.
    Exited(i32),
    /// A signal ended it.
    Killed(Signal),
    /// It ended with 0, but its file is missing.
    NoFile,
    /// It ended with 0, but its file is incomplete. The string is the decoder's error message.
    Damaged(String),
}

/// Runs `count` children at the same time, each of which calls `work` with its number, and passes
/// each result to `receive` as soon as its child has ended.
///
/// # Errors
///
/// Fails if the fork fails.
pub fn results_as_they_end<T>(
    folder: &Path,
    count: usize,
    work: impl Fn(usize) -> T,
    mut receive: impl FnMut(usize, Result<T, Failure>),
) -> io::Result<()>
where
    T: Serialize + DeserializeOwned,
{
    let mut running: HashMap<Pid, usize> = HashMap::new();
    let all_started = (0..count).try_for_each(|index| {
        running.insert(start(folder, || work(index))?, index);
        io::Result::Ok(())
    });
    // Even after a failed fork: the existing children must be waited for.
    while !running.is_empty() {
        let status = match wait() {
            Err(Errno::EINTR) => continue, // a signal handler ran; no child has ended
            status => status?,             // any child: the next one to end
        };
        let Some(child) = status.pid() else { continue };
        if let Some(index) = running.remove(&child) {
            receive(index, finish(folder, child, status));
        } // otherwise it is a child of the caller
    }
    all_started
}

/// Forks a child that writes the result of `work` into its file.
fn start<T: Serialize>(folder: &Path, work: impl FnOnce() -> T) -> io::Result<Pid> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let path = file_of(folder, getppid(), getpid());
            // A panic must not unwind past this point, into the parent's frames.
            let status = catch_unwind(AssertUnwindSafe(|| save(&path, &work()))).unwrap_or(101);
            std::process::exit(status)
        }
        ForkResult::Parent { child } => Ok(child),
    }
}

/// Both processes get the file's name here. No two processes that are alive or not yet waited for
/// have the same PID.
fn file_of(folder: &Path, parent: Pid, child: Pid) -> PathBuf {
    folder.join(format!("{parent}-{child}.json"))
}

/// Asks the kernel once.
fn own_pid() -> Pid {
    static OWN: std::sync::OnceLock<Pid> = std::sync::OnceLock::new();
    *OWN.get_or_init(getpid)
}

/// Writes `result` into the file, and returns the exit status that reports success or failure.
fn save(path: &Path, result: &impl Serialize) -> i32 {
    let encoded = serde_json::to_vec(result).map_err(io::Error::other);
    match encoded.and_then(|bytes| fs::write(path, bytes)) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

/// The result of `child`, which has ended. Its file is removed, whatever it contains.
fn finish<T: DeserializeOwned>(
    folder: &Path,
    child: Pid,
    status: WaitStatus,
) -> Result<T, Failure> {
    let path = file_of(folder, own_pid(), child);
    let read = fs::read(&path);
    let _ = fs::remove_file(&path); // it may be missing, which is reported below
    match status {
        WaitStatus::Exited(_, 0) => {}
        WaitStatus::Exited(_, status) => return Err(Failure::Exited(status)),
        WaitStatus::Signaled(_, signal, _) => return Err(Failure::Killed(signal)),
        other => return Err(Failure::Damaged(format!("it has not ended: {other:?}"))),
    }
    let bytes = read.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::NoFile,
        _ => Failure::Damaged(error.to_string()),
    })?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::Damaged(error.to_string()))
}
