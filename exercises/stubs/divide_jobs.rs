//! # divide_jobs: a batch for each child
//!
//! Write two functions: one divides items into batches of nearly the same size, the other has each
//! batch worked on in a child of its own.
//!
//! `batches(items, count)`:
//!
//! * The items stay in order: one batch after the other, they are `items` again.
//! * The sizes of any two batches differ by at most one. 10 items in 4 batches have the sizes 2 and
//!   3, in whatever order, and never 3, 3, 3 and 1.
//! * There are `count` batches (at least 1 is asked for), but no batch is empty: 3 items give 3
//!   batches at most, and no items give none.
//!
//! `work_in_children(items, count, work)`:
//!
//! * For each of the batches a child calls `work(batch)` and ends with the exit status that it
//!   returns; if the work panics, with 101. No batch, no child.
//! * The children run at the same time.
//! * The result has their `WaitStatus`es in the order of the batches, whichever ends first.
//! * The caller may have other children. They have no batch, and you must not wait until they have
//!   ended. If `wait` gives you one that has ended already, you may drop its status.
//! * If a fork fails, fork no more. The children that there are come to the end of their work; wait
//!   for them, and then return the error.
//!
//! ```text
//! batches(&['a', 'b', 'c', 'd', 'e'], 2)   // [['a', 'b', 'c'], ['d', 'e']], or 2 and 3
//! work_in_children(&[5, 6, 7], 3, |batch| batch[0])
//! // Ok([Exited(Pid(4711), 5), Exited(Pid(4712), 6), Exited(Pid(4713), 7)])
//! ```
//!
//! The function may be called only in a process with one thread, because a child has a copy of the
//! calling thread alone. The checks see to that; a library would make it an `unsafe fn`. Signal
//! handlers, which can interrupt a wait, come later, in `wait_status`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Divides `items` into `count` batches whose sizes differ by at most one; into fewer, if there
/// are fewer items. `count` is at least 1.
pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    todo!("divide {} items into {count} batches", items.len())
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
    todo!("a child for each of the batches; when all run, wait for them")
}
