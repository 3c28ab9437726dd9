//! When all children have been forked, a thread for each reads its pipe and waits for it.

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
    let mut children = Vec::new();
    let mut failed = None;
    for index in 0..count {
        match start(index, &work) {
            Ok(child) => children.push(child),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    // No fork comes after this, so there may be threads.
    let ends: Vec<(Vec<u8>, nix::Result<WaitStatus>)> = std::thread::scope(|scope| {
        let readers: Vec<_> = children
            .into_iter()
            .map(|(child, reader)| scope.spawn(move || (read(reader), wait_for(child))))
            .collect();
        readers.into_iter().map(|reader| reader.join().expect("no panic")).collect()
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(ends.into_iter().map(|(bytes, status)| result(&bytes, status)).collect()),
    }
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

fn read(mut reader: PipeReader) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).expect("read");
    bytes
}

fn result<T: DeserializeOwned>(
    bytes: &[u8],
    status: nix::Result<WaitStatus>,
) -> Result<T, Failure> {
    match status {
        Ok(WaitStatus::Exited(_, 0)) => {}
        Ok(WaitStatus::Exited(_, status)) => return Err(Failure::Exited(status)),
        Ok(WaitStatus::Signaled(_, signal, _)) => return Err(Failure::Killed(signal)),
        other => return Err(Failure::Damaged(format!("{other:?}"))),
    }
    serde_json::from_slice(bytes).map_err(|error| Failure::Damaged(error.to_string()))
}

fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    let mut status = waitpid(child, None);
    while status == Err(nix::errno::Errno::EINTR) {
        status = waitpid(child, None);
    }
    status
}
