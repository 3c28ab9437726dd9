//! Recursion: each call has one child, and the next call the others.

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Exited(i32),
    Killed(Signal),
    Damaged(String),
}

pub fn results_of_children<T>(
    count: usize,
    work: impl Fn(usize) -> T,
) -> io::Result<Vec<Result<T, Failure>>>
where
    T: Serialize + DeserializeOwned,
{
    let mut results = from(0, count, &work)?;
    results.reverse();
    Ok(results)
}

/// The results of the children from `index` on, the last one first. Each call forks one child, lets the
/// next call fork the others, and then reads.
fn from<T: Serialize + DeserializeOwned>(
    index: usize,
    count: usize,
    work: &impl Fn(usize) -> T,
) -> io::Result<Vec<Result<T, Failure>>> {
    if index == count {
        return Ok(Vec::new());
    }
    let (child, reader) = start(index, work)?;
    let others = from(index + 1, count, work);
    let own = finish(child, reader);
    others.map(|mut others| {
        others.push(own);
        others
    })
}

fn start<T: Serialize>(index: usize, work: &impl Fn(usize) -> T) -> io::Result<(Pid, PipeReader)> {
    let (reader, writer) = pipe()?;
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => {
            drop(reader);
            let status = catch_unwind(AssertUnwindSafe(|| send(&work(index), writer)));
            std::process::exit(status.unwrap_or(101))
        }
        ForkResult::Parent { child } => {
            drop(writer);
            Ok((child, reader))
        }
    }
}

fn send<T: Serialize>(result: &T, writer: PipeWriter) -> i32 {
    match serde_json::to_writer(writer, result) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

fn finish<T: DeserializeOwned>(child: Pid, mut reader: PipeReader) -> Result<T, Failure> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).expect("read");
    match wait_for(child) {
        Ok(WaitStatus::Exited(_, 0)) => {}
        Ok(WaitStatus::Exited(_, status)) => return Err(Failure::Exited(status)),
        Ok(WaitStatus::Signaled(_, signal, _)) => return Err(Failure::Killed(signal)),
        other => return Err(Failure::Damaged(format!("{other:?}"))),
    }
    serde_json::from_slice(&bytes).map_err(|error| Failure::Damaged(error.to_string()))
}

fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    let mut status = waitpid(child, None);
    while status == Err(nix::errno::Errno::EINTR) {
        status = waitpid(child, None);
    }
    status
}
