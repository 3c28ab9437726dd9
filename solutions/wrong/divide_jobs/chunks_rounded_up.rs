//! `chunks` with a size that is rounded up: the last batch gets what is left, which may be little.
//!
//! base: reference
//! verdict: check failed
//! check: ten_items_in_four_batches
//! says: got the sizes [3, 3, 3, 1]
//! says: may differ by at most one

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    if items.is_empty() {
        return Vec::new();
    }
    items.chunks(items.len().div_ceil(count)).collect()
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
