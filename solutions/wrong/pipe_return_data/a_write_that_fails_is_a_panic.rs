//! If the result cannot be written, the child panics: 101.
//!
//! base: reference
//! verdict: check failed
//! check: a_result_that_cannot_be_written

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a child has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It ended with this exit status, which is not 0.
    Exited(i32),
    /// A signal ended it.
    Killed(Signal),
    /// It ended with 0, but what it sent is incomplete. The string is the decoder's error message.
    Damaged(String),
}

/// Runs `count` children at the same time, each of which calls `work` with its number, and returns
/// their results in the order of these numbers.
///
/// # Errors
///
/// Fails if a pipe or a child cannot be created.
pub fn results_of_children<T>(
    count: usize,
    work: impl Fn(usize) -> T,
) -> io::Result<Vec<Result<T, Failure>>>
where
    T: Serialize + DeserializeOwned,
{
    let mut children = Vec::with_capacity(count);
    let all_started = (0..count).try_for_each(|index| {
        children.push(start(|| work(index))?);
        io::Result::Ok(())
    });
    // Even after a failed fork: the existing children must be read from and waited for.
    let results = children.into_iter().map(|(child, pipe)| finish(child, pipe)).collect();
    all_started.map(|()| results)
}

/// Forks a child that sends the result of `work` through a new pipe. Returns the read end.
fn start<T: Serialize>(work: impl FnOnce() -> T) -> io::Result<(Pid, PipeReader)> {
    let (reader, writer) = pipe()?;
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            drop(reader); // if the parent dies, the write fails instead of blocking for ever
            // A panic must not unwind past this point, into the parent's frames.
            let status = catch_unwind(AssertUnwindSafe(|| send(&work(), writer))).unwrap_or(101);
            std::process::exit(status)
        }
        // The parent's write end is dropped here: before the next fork, so that no sibling
        // inherits it, and before reading, so that end-of-file comes when the child ends.
        ForkResult::Parent { child } => Ok((child, reader)),
    }
}

/// Writes `result` into the pipe, and returns the exit status that reports success or failure.
fn send(result: &impl Serialize, mut pipe: PipeWriter) -> i32 {
    let encoded = serde_json::to_vec(result).map_err(io::Error::other);
    match encoded.map(|bytes| pipe.write_all(&bytes).unwrap()) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

/// The result of `child`, which is waited for.
fn finish<T: DeserializeOwned>(child: Pid, mut pipe: PipeReader) -> Result<T, Failure> {
    // First read, because a child that has filled the pipe cannot end before the parent reads.
    let mut bytes = Vec::new();
    let read = pipe.read_to_end(&mut bytes);
    // Then check how the child ended, because it may have died after sending part of its result.
    let status = loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {} // a signal handler ran; the child has not ended
            status => break status,
        }
    };
    match status {
        Ok(WaitStatus::Exited(_, 0)) => {}
        Ok(WaitStatus::Exited(_, status)) => return Err(Failure::Exited(status)),
        Ok(WaitStatus::Signaled(_, signal, _)) => return Err(Failure::Killed(signal)),
        other => return Err(Failure::Damaged(format!("it cannot be waited for: {other:?}"))),
    }
    read.map_err(|error| Failure::Damaged(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::Damaged(error.to_string()))
}
