//! All workers answer through one pipe, which the parent reads to its end that never comes: when a
//! worker is dead, somebody else could still write.
//!
//! base: none (one pipe for all is a design of its own)
//! verdict: deadlock
//! check: a_worker_that_dies_costs_one_item

use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
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
    let (answers, answers_writer) = pipe()?;
    let mut answers = BufReader::new(answers).lines();
    let mut results: Vec<Option<Result<R, Failure>>> = items.iter().map(|_| None).collect();
    let mut pool = Vec::new();
    let workers = workers.min(items.len());
    for worker in 0..workers {
        let (tasks, mut tasks_writer) = pipe()?;
        match unsafe { fork()? } {
            ForkResult::Child => {
                pool.clear();
                drop(tasks_writer);
                serve(worker, tasks, &answers_writer, items, &work);
                std::process::exit(0)
            }
            ForkResult::Parent { child } => {
                writeln!(tasks_writer, "{worker}")?;
                pool.push((child, tasks_writer));
            }
        }
    }
    for done in 0..items.len() {
        let line = answers.next().unwrap()?;
        let (worker, item, result) = serde_json::from_str(&line)?;
        let worker: usize = worker;
        let item: usize = item;
        results[item] = Some(Ok(result));
        let next = done + workers;
        if next < items.len() {
            writeln!(pool[worker].1, "{next}")?;
        }
    }
    for (child, tasks) in pool {
        drop(tasks);
        waitpid(child, None)?;
    }
    Ok(results.into_iter().flatten().collect())
}

fn serve<T, R: Serialize>(
    worker: usize,
    tasks: PipeReader,
    mut answers: &PipeWriter,
    items: &[T],
    work: &impl Fn(&T) -> R,
) {
    for line in BufReader::new(tasks).lines() {
        let item: usize = line.unwrap().parse().unwrap();
        let json = serde_json::to_string(&(worker, item, work(&items[item]))).unwrap();
        answers.write_all((json + "\n").as_bytes()).unwrap();
    }
}
