//! One call for each batch: it forks the batch's child, calls itself for the rest, and waits on its way back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    if items.is_empty() {
        return Vec::new();
    }
    let count = count.min(items.len());
    let (batch, rest) = items.split_at(items.len() / count); // rounded down: the last are larger
    let mut all = vec![batch];
    if count > 1 {
        all.extend(batches(rest, count - 1));
    }
    all
}

pub fn work_in_children<T>(
    items: &[T],
    count: usize,
    work: impl Fn(&[T]) -> u8,
) -> nix::Result<Vec<WaitStatus>> {
    let mut statuses = Vec::new();
    fork_and_wait(&batches(items, count), &work, &mut statuses)?;
    statuses.reverse();
    Ok(statuses)
}

/// Adds the statuses of the children, the last one first.
fn fork_and_wait<T>(
    batches: &[&[T]],
    work: &impl Fn(&[T]) -> u8,
    statuses: &mut Vec<WaitStatus>,
) -> nix::Result<()> {
    let Some((batch, rest)) = batches.split_first() else { return Ok(()) };
    // SAFETY: this process has one thread; the checks see to that.
    let child = match unsafe { fork()? } {
        ForkResult::Child => {
            exit(catch_unwind(AssertUnwindSafe(|| work(batch))).unwrap_or(101).into())
        }
        ForkResult::Parent { child } => child,
    };
    let others = fork_and_wait(rest, work, statuses);
    waitid(Id::Pid(child), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)?; // a look, and it stays
    statuses.push(waitpid(child, None)?);
    others
}
