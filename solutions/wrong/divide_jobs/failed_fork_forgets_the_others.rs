//! If a fork fails, the function returns at once, and leaves the children before it to nobody.
//!
//! base: reference
//! verdict: not waited for
//! check: when_a_fork_fails_the_others_finish

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
    forked?;
    children.into_iter().map(|child| waitpid(child, None)).collect()
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
