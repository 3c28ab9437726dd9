//! Recursion: the left half of the batches gets its share of the items, and so on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    fn divide<'a, T>(items: &'a [T], count: usize, into: &mut Vec<&'a [T]>) {
        match count {
            0 => {}
            1 => into.push(items),
            _ => {
                let left = count / 2;
                // As many as the left batches would get, one more for each that is left over.
                let (each, more) = (items.len() / count, items.len() % count);
                let (first, rest) = items.split_at(left * each + more.min(left));
                divide(first, left, into);
                divide(rest, count - left, into);
            }
        }
    }
    let mut all = Vec::new();
    divide(items, count.min(items.len()), &mut all);
    all
}

pub fn work_in_children<T>(
    items: &[T],
    count: usize,
    work: impl Fn(&[T]) -> u8,
) -> nix::Result<Vec<WaitStatus>> {
    let mut children: Vec<Pid> = Vec::new();
    let forked = batches(items, count).into_iter().try_for_each(|batch| {
        // SAFETY: this process has one thread, as the checks ensure.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => {
                children.push(child);
                Ok(())
            }
            ForkResult::Child => {
                exit(catch_unwind(AssertUnwindSafe(|| work(batch))).unwrap_or(101).into())
            }
        }
    });
    // From the last to the first: the order of waiting is not that of the results.
    let ends = children.iter().rev().map(|child| waitid(Id::Pid(*child), WaitPidFlag::WEXITED));
    let ended: nix::Result<Vec<WaitStatus>> = ends.collect();
    forked.and(ended).map(|ended| ended.into_iter().rev().collect())
}
