//! Has no more workers than an integer has bits.
//!
//! base: buffers
//! verdict: wrong number of processes
//! check: limits_that_are_never_reached

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Exited(i32),
    Killed(Signal),
}

struct Worker {
    item: usize,
    requests: PipeWriter,
    answers: PipeReader,
    buffer: Vec<u8>,
}

pub fn pool_map<T, R>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> R,
) -> io::Result<Vec<Result<R, Failure>>>
where
    R: Serialize + DeserializeOwned,
{
    let mut to_do: VecDeque<usize> = (0..items.len()).collect();
    let mut pool: BTreeMap<Pid, Worker> = BTreeMap::new();
    let mut done: BTreeMap<usize, Result<R, Failure>> = BTreeMap::new();
    let mut failed = None;
    loop {
        while pool.len() < workers.min(64)
            && let Some(item) = to_do.pop_front()
        {
            if let Err(error) = hire(&mut pool, item, |item| work(&items[item])) {
                failed = Some(error);
                to_do.clear();
            }
        }
        if pool.is_empty() {
            break;
        }
        for pid in ready(&pool)? {
            let Some(worker) = pool.get_mut(&pid) else { continue };
            let mut bytes = [0; 16384];
            match worker.answers.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) | Ok(0) => {
                    if let Some(Worker { item, .. }) = pool.remove(&pid) {
                        done.insert(item, Err(how_it_ended(pid)?));
                    }
                }
                Ok(count) => {
                    worker.buffer.extend(&bytes[..count]);
                    if worker.buffer.ends_with(b"\n") {
                        let result = serde_json::from_slice(&std::mem::take(&mut worker.buffer))?;
                        done.insert(worker.item, Ok(result));
                        match to_do.pop_front() {
                            Some(next) => give(worker, next),
                            None => {
                                pool.remove(&pid);
                                how_it_ended(pid)?;
                            }
                        }
                    }
                }
            }
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(done.into_values().collect()),
    }
}

fn hire<R: Serialize>(
    pool: &mut BTreeMap<Pid, Worker>,
    item: usize,
    work: impl Fn(usize) -> R,
) -> io::Result<()> {
    let (mut read_request, requests) = pipe()?;
    let (answers, mut answer) = pipe()?;
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop((requests, answers));
            pool.clear(); // the parent's ends of the others
            let served = catch_unwind(AssertUnwindSafe(|| {
                let mut item = [0; size_of::<usize>()];
                while read_request.read_exact(&mut item).is_ok() {
                    let mut line = serde_json::to_vec(&work(usize::from_ne_bytes(item)))?;
                    line.push(b'\n');
                    answer.write_all(&line)?;
                }
                io::Result::Ok(())
            }));
            exit(served.map_or(101, |served| i32::from(served.is_err())))
        }
        ForkResult::Parent { child } => {
            let mut worker = Worker { item, requests, answers, buffer: Vec::new() };
            give(&mut worker, item);
            pool.insert(child, worker);
            Ok(())
        }
    }
}

fn give(worker: &mut Worker, item: usize) {
    worker.item = item;
    let _ = worker.requests.write_all(&item.to_ne_bytes()); // a death shows at its other pipe
}

fn ready(pool: &BTreeMap<Pid, Worker>) -> io::Result<Vec<Pid>> {
    let mut pipes: Vec<PollFd> = pool
        .values()
        .map(|worker| PollFd::new(worker.answers.as_fd(), PollFlags::POLLIN))
        .collect();
    while let Err(error) = poll(&mut pipes, PollTimeout::NONE) {
        if error != Errno::EINTR {
            return Err(error.into());
        }
    }
    let ready = pool.keys().zip(&pipes).filter(|(_, pipe)| pipe.any() == Some(true));
    Ok(ready.map(|(pid, _)| *pid).collect())
}

fn how_it_ended(pid: Pid) -> io::Result<Failure> {
    loop {
        match waitid(Id::Pid(pid), WaitPidFlag::WEXITED) {
            Ok(WaitStatus::Exited(_, status)) => return Ok(Failure::Exited(status)),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(Failure::Killed(signal)),
            Err(Errno::EINTR) => {}
            other => return Err(io::Error::other(format!("worker {pid}: {other:?}"))),
        }
    }
}
