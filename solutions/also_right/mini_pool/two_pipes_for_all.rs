//! All workers take numbers from one pipe and answer into another; up to PIPE_BUF bytes stay together. The
//! last write end that is closed tells the parent that no worker is left.

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn mini_pool<T>(workers: usize, items: &[T], work: impl Fn(&T) -> u64) -> io::Result<Vec<u64>> {
    let workers = workers.min(items.len());
    if workers == 0 {
        return Ok(Vec::new());
    }
    let (its_items, to_do) = pipe()?;
    let (answers, its_answers) = pipe()?;
    let mut children = Vec::new();
    let mut failed = None;
    for _ in 0..workers {
        // SAFETY: this process has one thread, as the checks ensure.
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                drop((to_do, answers));
                let work = || serve(its_items, its_answers, |item| work(&items[item as usize]));
                exit(if let Ok(Ok(())) = catch_unwind(AssertUnwindSafe(work)) { 0 } else { 101 })
            }
            Ok(ForkResult::Parent { child }) => children.push(child),
            Err(error) => {
                failed = Some(error.into());
                break;
            }
        }
    }
    drop((its_items, its_answers));
    let results = match failed {
        Some(error) => {
            drop((to_do, answers)); // the workers end
            Err(error)
        }
        None => collect(to_do, answers, workers, items.len()),
    };
    let mut all_well = true;
    for child in children {
        all_well &= end_of(child) == Ok(WaitStatus::Exited(child, 0));
    }
    results.and_then(|results| match all_well {
        true => Ok(results),
        false => Err(io::Error::other("a worker has failed")),
    })
}

/// Hands out a number for each that comes back, and returns all. Closes both pipes.
fn collect(
    mut to_do: PipeWriter,
    mut answers: PipeReader,
    workers: usize,
    items: usize,
) -> io::Result<Vec<u64>> {
    let mut waiting = 0..items;
    for item in waiting.by_ref().take(workers) {
        to_do.write_all(&(item as u64).to_ne_bytes())?;
    }
    let mut to_do = Some(to_do).filter(|_| !waiting.is_empty());
    let mut results = vec![None; items];
    let mut bytes = [0; 16];
    while results.iter().any(Option::is_none) {
        answers.read_exact(&mut bytes)?;
        let [item, result] = [0, 8].map(|at| bytes[at..at + 8].try_into().map_or(0, u64::from_ne_bytes));
        results[item as usize] = Some(result);
        match (waiting.next(), &mut to_do) {
            (Some(item), Some(to_do)) => to_do.write_all(&(item as u64).to_ne_bytes())?,
            _ => to_do = None,
        }
    }
    Ok(results.into_iter().flatten().collect())
}

fn serve(
    mut items: PipeReader,
    mut answers: PipeWriter,
    work: impl Fn(u64) -> u64,
) -> io::Result<()> {
    let mut item = [0; 8];
    while items.read_exact(&mut item).is_ok() {
        let result = work(u64::from_ne_bytes(item)).to_ne_bytes();
        answers.write_all(&[item, result].concat())?;
    }
    Ok(())
}

fn end_of(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            status => return status,
        }
    }
}
