//! A batch of size 0 takes nothing away from the rest, so the rest never ends, and memory does.
//!
//! base: reference
//! verdict: out of memory
//! check: any_number_of_items_in_any_number_of_batches
//! says: MiB that it may use

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    let (mut rest, mut result) = (items, Vec::new());
    while !rest.is_empty() {
        let longer = result.len() < items.len() % count && items.len() > count;
        let size = (items.len() / count + usize::from(longer)).min(rest.len());
        let (batch, others) = rest.split_at(size);
        result.push(batch);
        rest = others;
    }
    result
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
    let ended = children.into_iter().map(|child| waitpid(child, None)).collect();
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
