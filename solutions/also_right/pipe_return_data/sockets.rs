//! A pair of sockets instead of a pipe, with a shutdown as the end; statuses by waitid.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
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
    let mut started: Vec<(Pid, UnixStream)> = Vec::new();
    let mut error = None;
    while started.len() < count && error.is_none() {
        let number = started.len();
        match child(|| serde_json::to_vec(&work(number))) {
            Ok(one) => started.push(one),
            Err(why) => error = Some(why),
        }
    }
    let results = started.into_iter().map(|(pid, mut stream)| {
        let mut text = Vec::new();
        let read = stream.read_to_end(&mut text);
        let status = std::iter::repeat_with(|| waitid(Id::Pid(pid), WaitPidFlag::WEXITED));
        let mut status = status.skip_while(|status| *status == Err(Errno::EINTR));
        match status.next().expect("it repeats for ever") {
            Ok(WaitStatus::Exited(_, 0)) => {}
            Ok(WaitStatus::Exited(_, status)) => return Err(Failure::Exited(status)),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Err(Failure::Killed(signal)),
            other => return Err(Failure::Damaged(format!("{other:?}"))),
        }
        read.map_err(|error| Failure::Damaged(error.to_string()))?;
        serde_json::from_slice(&text).map_err(|error| Failure::Damaged(error.to_string()))
    });
    let results = results.collect();
    error.map_or(Ok(results), Err)
}

fn child(encode: impl FnOnce() -> serde_json::Result<Vec<u8>>) -> io::Result<(Pid, UnixStream)> {
    let (ours, mut its) = UnixStream::pair()?;
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok((child, ours)),
        ForkResult::Child => {
            drop(ours);
            let sent = catch_unwind(AssertUnwindSafe(|| {
                its.write_all(&encode()?)?;
                its.shutdown(Shutdown::Write)
            }));
            std::process::exit(match sent {
                Ok(Ok(())) => 0,
                Ok(Err(_)) => 1,
                Err(_) => 101,
            })
        }
    }
}
