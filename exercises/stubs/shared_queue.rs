//! # shared_queue: work from shared memory
//!
//! Write a function in which several workers process many items. No process hands the items out.
//! Instead, each worker takes the next item itself, by means of a counter in memory that all
//! workers share, and stores the result in shared memory too. No item is lost when a worker is
//! killed.
//!
//! * The items are numbered 0 to `items - 1`. Each worker is a child. It takes an item with
//!   `fetch_add` on the counter, calls `work(item)`, stores the returned value, and takes the next
//!   item. When no item is left, it ends with status 0.
//! * Run at most `workers` workers at the same time. Start that many at the beginning, but no more
//!   than there are items to do. A slow item holds up only its own worker.
//! * The result has an [`Outcome`] for each item, in the order of the item numbers. `work` may
//!   return any number.
//! * A worker may be killed by a signal at any moment, and `work` may panic, which ends the worker
//!   with status 101. If an item was taken but not finished, another worker begins it once more. If
//!   that worker dies too, the item is `Lost`. An item that is finished is never begun again, and
//!   no item is begun more than twice.
//! * You may replace workers that have died at once, or after all the others have ended. However,
//!   as long as there are items to do, they are done, even if all workers have died.
//! * `workers` is at least 1; `items` may be 0.
//! * A signal may interrupt a wait, which then fails with `EINTR`. In that case no child has ended,
//!   so wait again. (The checks also accept an `EINTR` error, although the caller can do little
//!   with it.)
//! * The caller may have other children. They are not workers, and your function must not wait for
//!   them to end.
//! * If a fork fails, do not fork again. Let the existing workers finish, and wait for them. Then
//!   return the error. If the shared memory cannot be mapped, return that error too.
//!
//! ```text
//! run_queue(4, 2, |item| item as u64 * 10)
//! // Ok([Done(0), Done(10), Done(20), Done(30)])
//! ```
//!
//! The function may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds.

use std::io;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// The outcome of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The number that `work` returned for it.
    Done(u64),
    /// Both workers that began it died.
    Lost,
}

/// Processes all items in up to `workers` children, and returns the outcome of each.
///
/// # Errors
///
/// Fails if the memory cannot be mapped, or if a fork or a wait fails.
pub fn run_queue(
    items: usize,
    workers: usize,
    work: impl Fn(usize) -> u64,
) -> io::Result<Vec<Outcome>> {
    todo!("share a counter and space for {items} results, and fork {workers} workers")
}
