//! Without items the size of a chunk is 0, and `chunks` panics.
//!
//! base: reference
//! verdict: panicked
//! check: any_number_of_items_in_any_number_of_batches
//! says: chunk size must be non-zero

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    let (size, longer) = (items.len() / count, items.len() % count);
    let (first, others) = items.split_at((size + 1) * longer);
    first.chunks(size + 1).chain(others.chunks(size)).collect()
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
