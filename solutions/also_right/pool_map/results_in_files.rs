//! A worker writes each result into a file, and then a byte into its pipe, so a byte stands for a whole
//! result. The parent removes the files, also those of dead workers.

use std::fs;
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};
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
    let mut results: Vec<Option<Result<R, Failure>>> = items.iter().map(|_| None).collect();
    let mut next = 0;
    let mut pool: Vec<Worker> = Vec::new();
    let mut failed = None;
    while next < workers.min(items.len()) {
        match start(&mut pool, items, &work) {
            Ok(()) => pool.last_mut().unwrap().give(next),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
        next += 1;
    }
    while !pool.is_empty() {
        let at = ready(&pool);
        let item = pool[at].item;
        match pool[at].answer() {
            Some(result) => {
                results[item] = Some(Ok(result));
                if next < items.len() && failed.is_none() {
                    pool[at].give(next);
                    next += 1;
                } else if let Err(error) = end(pool.remove(at)) {
                    failed = failed.or(Some(error));
                }
            }
            None => {
                match end(pool.remove(at)) {
                    Ok(failure) => results[item] = Some(Err(failure)),
                    Err(error) => failed = failed.or(Some(error)),
                }
                if next < items.len() && failed.is_none() {
                    match start(&mut pool, items, &work) {
                        Ok(()) => pool.last_mut().unwrap().give(next),
                        Err(error) => failed = Some(error),
                    }
                    next += 1;
                }
            }
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(results.into_iter().flatten().collect()),
    }
}

struct Worker {
    pid: Pid,
    item: usize,
    tasks: PipeWriter,
    answers: BufReader<PipeReader>,
}

impl Worker {
    fn give(&mut self, item: usize) {
        self.item = item;
        let _ = writeln!(self.tasks, "{item}");
    }

    fn answer<R: DeserializeOwned>(&mut self) -> Option<R> {
        let told = self.answers.read_exact(&mut [0]);
        let json = fs::read(file_of(self.pid));
        let _ = fs::remove_file(file_of(self.pid));
        told.and(json).ok().and_then(|json| serde_json::from_slice(&json).ok())
    }
}

fn start<T, R: Serialize>(
    pool: &mut Vec<Worker>,
    items: &[T],
    work: &impl Fn(&T) -> R,
) -> io::Result<()> {
    let (tasks_reader, tasks) = pipe()?;
    let (answers, answers_writer) = pipe()?;
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => {
            pool.clear();
            drop((tasks, answers));
            let status =
                catch_unwind(AssertUnwindSafe(|| serve(tasks_reader, answers_writer, items, work)));
            std::process::exit(if status.is_ok() { 0 } else { 101 })
        }
        ForkResult::Parent { child } => {
            let answers = BufReader::new(answers);
            pool.push(Worker { pid: child, item: 0, tasks, answers });
            Ok(())
        }
    }
}

fn file_of(worker: Pid) -> PathBuf {
    std::env::temp_dir().join(format!("pool_map-{worker}.json"))
}

fn serve<T, R: Serialize>(
    tasks: PipeReader,
    mut answers: PipeWriter,
    items: &[T],
    work: &impl Fn(&T) -> R,
) {
    for line in BufReader::new(tasks).lines() {
        let item: usize = line.unwrap().parse().unwrap();
        let json = serde_json::to_string(&work(&items[item])).unwrap();
        fs::write(file_of(getpid()), json).unwrap();
        answers.write_all(b".").unwrap();
    }
}

fn ready(pool: &[Worker]) -> usize {
    let answers = pool.iter().map(|worker| worker.answers.get_ref().as_fd());
    let mut answers: Vec<PollFd> = answers.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
    while poll(&mut answers, PollTimeout::NONE) == Err(Errno::EINTR) {}
    answers.iter().position(|fd| fd.any() == Some(true)).unwrap()
}

fn end(worker: Worker) -> io::Result<Failure> {
    drop((worker.tasks, worker.answers));
    loop {
        match waitpid(worker.pid, None) {
            Ok(WaitStatus::Exited(_, status)) => return Ok(Failure::Exited(status)),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(Failure::Killed(signal)),
            Err(Errno::EINTR) => {}
            Ok(other) => panic!("{other:?}"),
            Err(error) => return Err(error.into()),
        }
    }
}
