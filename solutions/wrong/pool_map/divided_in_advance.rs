//! Each worker gets every K-th item, decided before anything is known about how long they take.
//!
//! verdict: deadlock
//! check: a_slow_item_holds_up_nobody

use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Exited(i32),
    Killed(Signal),
}

pub fn pool_map<T, R>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> R,
) -> io::Result<Vec<Result<R, Failure>>>
where
    R: Serialize + DeserializeOwned,
{
    let workers = workers.min(items.len());
    let mut pool = Vec::new();
    for worker in 0..workers {
        let (reader, mut writer) = pipe()?;
        match unsafe { fork()? } {
            ForkResult::Child => {
                for item in items.iter().skip(worker).step_by(workers) {
                    let json = serde_json::to_string(&work(item)).unwrap();
                    writer.write_all((json + "\n").as_bytes()).unwrap();
                }
                std::process::exit(0)
            }
            ForkResult::Parent { child } => pool.push((child, BufReader::new(reader).lines())),
        }
    }
    let mut results = Vec::new();
    for item in 0..items.len() {
        let line = pool[item % workers].1.next().unwrap()?;
        results.push(Ok(serde_json::from_str(&line).unwrap()));
    }
    for (child, _) in pool {
        waitpid(child, None)?;
    }
    Ok(results)
}
