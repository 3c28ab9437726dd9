//! Sends JSON of several lines, and reads one line.
//!
//! base: pipes
//! verdict: check failed
//! check: results_may_be_of_any_kind

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
                } else {
                    end(pool.remove(at));
                }
            }
            None => {
                results[item] = Some(Err(end(pool.remove(at))));
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
        let mut line = Vec::new();
        self.answers.read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice(line.strip_suffix(b"\n")?).ok()
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

fn serve<T, R: Serialize>(
    tasks: PipeReader,
    mut answers: PipeWriter,
    items: &[T],
    work: &impl Fn(&T) -> R,
) {
    for line in BufReader::new(tasks).lines() {
        let item: usize = line.unwrap().parse().unwrap();
        let json = serde_json::to_string_pretty(&work(&items[item])).unwrap();
        answers.write_all((json + "\n").as_bytes()).unwrap();
    }
}

fn ready(pool: &[Worker]) -> usize {
    let answers = pool.iter().map(|worker| worker.answers.get_ref().as_fd());
    let mut answers: Vec<PollFd> = answers.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
    while poll(&mut answers, PollTimeout::NONE) == Err(Errno::EINTR) {}
    answers.iter().position(|fd| fd.any() == Some(true)).unwrap()
}

fn end(worker: Worker) -> Failure {
    drop((worker.tasks, worker.answers));
    loop {
        match waitpid(worker.pid, None) {
            Ok(WaitStatus::Exited(_, status)) => return Failure::Exited(status),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Failure::Killed(signal),
            Err(Errno::EINTR) => {}
            other => panic!("{other:?}"),
        }
    }
}
