//! Asks for stops as well, and takes one for the end.
//!
//! base: reference
//! verdict: check failed
//! check: a_stop_is_not_an_end
//! says: stopped, then continued

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Divides `items` into `count` batches whose sizes differ by at most one; into fewer, if there
/// are fewer items. `count` is at least 1.
pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    let mut rest = items;
    // Each batch takes its share of what is left. The shares never grow, and while one is taken
    // the next shrinks by less than one item.
    let shares = (1..=count.min(items.len())).rev();
    shares
        .map(|batches_left| {
            let (batch, others) = rest.split_at(rest.len().div_ceil(batches_left));
            rest = others;
            batch
        })
        .collect()
}

/// Has each of `count` batches of `items` worked on in a child of its own, and returns how the
/// children ended, in the order of the batches.
///
/// # Errors
///
/// The system's reason why it did not fork, or did not wait.
pub fn work_in_children<T>(
    items: &[T],
    count: usize,
    work: impl Fn(&[T]) -> u8,
) -> nix::Result<Vec<WaitStatus>> {
    let mut children = Vec::new();
    let forked = batches(items, count).into_iter().try_for_each(|batch| {
        children.push(start(|| work(batch))?); // the child has a copy of all items
        Ok(())
    });
    // Also when a fork failed. Who ends early is a zombie until it is its turn, which is no harm.
    let ended = children.into_iter().map(|child| waitpid(child, Some(nix::sys::wait::WaitPidFlag::WUNTRACED))).collect();
    forked.and(ended)
}

/// Forks a child that does `work` and ends, and returns its PID.
fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    // SAFETY: to be called in a process with one thread only, so that the child lacks no thread
    // that holds a lock. Here the checks see to that; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into())
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
