//! # divide_jobs: a batch for each child
//!
//! Write two functions. One divides items into batches of nearly the same size, and the other
//! processes each batch in a separate child.
//!
//! `batches(items, count)`:
//!
//! * Together, the batches contain all items in their original order.
//! * The sizes of any two batches differ by at most one. 10 items in 4 batches give the sizes 2 and
//!   3, in any order, and never 3, 3, 3 and 1.
//! * `count` is at least 1. The result contains `count` batches, but no batch may be empty: 3 items
//!   give at most 3 batches, and an empty slice gives none.
//!
//! `work_in_children(items, count, work)`:
//!
//! * For each batch, one child calls `work(batch)`. It exits with the status that `work` returns,
//!   or with 101 if `work` panics. If there are no batches, fork no child.
//! * All children run at the same time.
//! * The result contains their `WaitStatus`es in the order of the batches, regardless of which
//!   child ends first.
//! * The caller may have other children. They have no batch, and your function must not wait for
//!   them to end. If `wait` happens to report one of them, you may discard its status.
//! * If a fork fails, do not fork again. Let the children that are already running finish their
//!   work, and wait for them. Then return the error.
//!
//! ```text
//! batches(&['a', 'b', 'c', 'd', 'e'], 2)   // [['a', 'b', 'c'], ['d', 'e']], or 2 and 3
//! work_in_children(&[5, 6, 7], 3, |batch| batch[0])
//! // Ok([Exited(Pid(4711), 5), Exited(Pid(4712), 6), Exited(Pid(4713), 7)])
//! ```
//!
//! The function may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds; a library would make the function
//! an `unsafe fn`. Signal handlers can interrupt a wait, but you need not consider them until
//! `wait_status`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Divides `items` into `count` batches whose sizes differ by at most one, or into fewer batches if
/// there are fewer items. `count` is at least 1.
pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    todo!("divide {} items into {count} batches", items.len())
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
    todo!("fork a child for each batch; when all of them run, wait for them")
}
