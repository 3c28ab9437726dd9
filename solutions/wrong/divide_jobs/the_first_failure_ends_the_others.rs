//! The others are killed when a child has failed.
//!
//! base: reference
//! verdict: check failed
//! check: a_panic_is_exit_status_101

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Divides `items` into `count` batches whose sizes differ by at most one, or into fewer batches if
/// there are fewer items. `count` is at least 1.
pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    let mut rest = items;
    // Each batch takes its share, rounded up, of the remaining items. The shares never grow, and
    // rounding makes two of them differ by at most one item.
    let shares = (1..=count.min(items.len())).rev();
    shares
        .map(|batches_left| {
            let (batch, others) = rest.split_at(rest.len().div_ceil(batches_left));
            rest = others;
            batch
        })
        .collect()
}

/// Divides `items` into `count` batches, processes each batch in a child, and returns how the
/// children ended, in the order of the batches.
///
/// # Errors
///
/// Fails if a fork or a wait fails.
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
    // Even after a failed fork. A child that ends early is a harmless zombie until its turn.
    let mut failed = false;
    let ended = children.into_iter().map(|child| {
        if failed {
            let _ = nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL);
        }
        let status = waitpid(child, None);
        failed |= !matches!(status, Ok(WaitStatus::Exited(_, 0..100)));
        status
    });
    let ended = ended.collect();
    forked.and(ended)
}

/// Forks a child that does `work` and ends, and returns its PID.
fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into())
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
