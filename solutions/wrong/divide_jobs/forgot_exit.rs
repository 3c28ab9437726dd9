//! A child goes on with the next batch, as its parent does.
//!
//! base: reference
//! verdict: child returned
//! check: each_batch_has_a_child

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
    for batch in batches(items, count) {
        match unsafe { fork()? } {
            ForkResult::Child => {
                work(batch);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    children.into_iter().map(|child| waitpid(child, None)).collect()
}
