//! Answers are lines of text. One that the death of its worker has cut off is taken for a whole one.
//!
//! base: lines_of_text
//! verdict: check failed
//! check: a_number_may_be_cut_off

use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

struct Worker {
    pid: Pid,
    tasks: PipeWriter,
    answers: BufReader<PipeReader>,
    item: usize,
}

pub fn mini_pool<T>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> u64,
) -> io::Result<Vec<u64>> {
    let mut pool: Vec<Worker> = Vec::new();
    let mut results = vec![0; items.len()];
    let mut next = 0;
    let mut failed = None;
    while failed.is_none() && pool.len() < workers && next < items.len() {
        match hire(&mut pool, next, |item| work(&items[item])) {
            Ok(()) => next += 1,
            Err(error) => failed = Some(error),
        }
    }
    while !pool.is_empty() {
        if failed.is_some() {
            next = items.len();
        }
        let place = match ready(&pool) {
            Ok(place) => place,
            Err(error) => {
                failed = failed.or(Some(error));
                0
            }
        };
        let mut worker = pool.swap_remove(place);
        let mut answer = String::new();
        let read = worker.answers.read_line(&mut answer);
        match read.and_then(|_| answer.trim_end().parse().map_err(io::Error::other)) {
            Ok(result) => {
                results[worker.item] = result;
                if next < items.len() {
                    let given = worker.tasks.write_all(&(next as u64).to_ne_bytes());
                    worker.item = next;
                    next += 1;
                    pool.push(worker);
                    failed = failed.or(given.err());
                    continue;
                }
            }
            Err(error) => failed = failed.or(Some(error)),
        }
        drop((worker.tasks, worker.answers));
        while waitpid(worker.pid, None) == Err(Errno::EINTR) {}
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(results),
    }
}

fn hire(pool: &mut Vec<Worker>, item: usize, work: impl Fn(usize) -> u64) -> io::Result<()> {
    let (mut its_tasks, mut tasks) = pipe()?;
    let (answers, mut its_answers) = pipe()?;
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => {
            pool.clear();
            drop((tasks, answers));
            let served = catch_unwind(AssertUnwindSafe(|| {
                let mut item = [0; 8];
                while its_tasks.read_exact(&mut item).is_ok() {
                    let answer = work(u64::from_ne_bytes(item) as usize);
                    if its_answers.write_all(format!("{answer}\n").as_bytes()).is_err() {
                        return;
                    }
                }
            }));
            exit(if served.is_ok() { 0 } else { 101 })
        }
        ForkResult::Parent { child } => {
            // A worker that has ended is noticed when it should answer.
            let _ = tasks.write_all(&(item as u64).to_ne_bytes());
            pool.push(Worker { pid: child, tasks, answers: BufReader::new(answers), item });
            Ok(())
        }
    }
}

fn ready(pool: &[Worker]) -> io::Result<usize> {
    let mut ends: Vec<PollFd> =
        pool.iter().map(|it| PollFd::new(it.answers.get_ref().as_fd(), PollFlags::POLLIN)).collect();
    while let Err(error) = poll(&mut ends, PollTimeout::NONE) {
        if error != Errno::EINTR {
            return Err(error.into());
        }
    }
    let place = ends.iter().position(|end| end.any() == Some(true));
    place.ok_or_else(|| io::Error::other("poll found nothing"))
}
