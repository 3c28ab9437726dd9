//! The number of batches is kept in a byte.
//!
//! base: first_ones_get_one_more
//! verdict: check failed
//! check: many_items_and_items_without_size
//! says: 1000 items in 256 batches

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    let count = count.min(items.len()).min(255);
    let mut batches = Vec::new();
    let mut start = 0;
    for number in 0..count {
        let size = items.len() / count + usize::from(number < items.len() % count);
        batches.push(&items[start..start + size]);
        start += size;
    }
    batches
}

pub fn work_in_children<T>(
    items: &[T],
    count: usize,
    work: impl Fn(&[T]) -> u8,
) -> nix::Result<Vec<WaitStatus>> {
    let mut children = Vec::new();
    let mut error = None;
    for batch in batches(items, count) {
        // SAFETY: this process has one thread, as the checks ensure.
        let child = unsafe { libc::fork() };
        match child {
            -1 => {
                error = Some(Errno::last());
                break;
            }
            0 => exit(catch_unwind(AssertUnwindSafe(|| work(batch))).unwrap_or(101).into()),
            _ => children.push(child),
        }
    }
    let mut statuses = Vec::new();
    for child in children {
        let mut status = 0;
        // SAFETY: `status` lives until the call has returned.
        if unsafe { libc::waitpid(child, &mut status, 0) } == -1 {
            error = error.or(Some(Errno::last()));
            continue;
        }
        statuses.push(WaitStatus::from_raw(Pid::from_raw(child), status)?);
    }
    match error {
        Some(error) => Err(error),
        None => Ok(statuses),
    }
}
