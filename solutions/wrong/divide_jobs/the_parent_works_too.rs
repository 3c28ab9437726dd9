//! The parent works on the first batch itself, instead of waiting idly. Now the work's panics,
//! its memory and its changes are the parent's.
//!
//! base: reference
//! verdict: check failed
//! check: each_batch_has_a_child
//! says: how often the parent called the work itself

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    let mut rest = items;
    let shares = (1..=count.min(items.len())).rev();
    shares
        .map(|batches_left| {
            let (batch, others) = rest.split_at(rest.len().div_ceil(batches_left));
            rest = others;
            batch
        })
        .collect()
}

pub fn work_in_children<T>(
    items: &[T],
    count: usize,
    work: impl Fn(&[T]) -> u8,
) -> nix::Result<Vec<WaitStatus>> {
    let mut batches = batches(items, count).into_iter();
    let Some(own) = batches.next() else { return Ok(Vec::new()) };
    let mut children = Vec::new();
    let forked = batches.try_for_each(|batch| {
        children.push(start(|| work(batch))?);
        Ok(())
    });
    let own = WaitStatus::Exited(nix::unistd::getpid(), work(own).into());
    let ended = children.into_iter().map(|child| waitpid(child, None));
    let ended = std::iter::once(Ok(own)).chain(ended).collect();
    forked.and(ended)
}

fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into())
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
