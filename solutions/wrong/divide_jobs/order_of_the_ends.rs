//! The statuses stand in the order in which the children end.
//!
//! base: reference
//! verdict: check failed
//! check: the_statuses_are_in_the_order_of_the_batches
//! says: got:    [Some(6), Some(5), Some(4)

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
    let mut children = Vec::new();
    let forked = batches(items, count).into_iter().try_for_each(|batch| {
        children.push(start(|| work(batch))?);
        Ok(())
    });
    let ended = children.into_iter().map(|_| waitpid(None, None)).collect();
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
