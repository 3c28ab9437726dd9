//! # shared_queue: work from shared memory
//!
//! Write a function that has several workers do many items. No process hands the items out: each
//! worker takes the next one itself, from a counter in memory that all of them share, and leaves the
//! result in shared memory too. No item is lost when a worker is killed.
//!
//! * There are `items` items, with the numbers 0 to `items - 1`. A worker is a child; it takes an item
//!   by `fetch_add` on the counter, calls `work(item)`, stores what that returns, takes the next item,
//!   and ends with status 0 when there is none left.
//! * At most `workers` workers run at the same time; as many as that from the beginning, but no more
//!   than there are items to do. A slow item holds up its own worker only.
//! * The result has an [`Outcome`] for each item, in the order of their numbers. `work` may return
//!   any number.
//! * A worker may be killed by a signal at any moment, and `work` may panic, which ends the worker with
//!   status 101. An item that was taken and not finished is begun once more, by another worker. If
//!   that one dies too, the item is `Lost`. An item that is finished is never begun again, and no
//!   item is begun more than twice.
//! * Workers that have died may be replaced at once, or when all the others have ended: that is up to
//!   you. But as long as there are items to do, they are done, even if all workers have died.
//! * `workers` is at least 1; `items` may be 0.
//! * A signal may interrupt a wait, which then fails with `EINTR`: no child has ended; wait again.
//! * The caller may have other children. They are no workers, and you must not wait until they have
//!   ended.
//! * If a fork fails, fork no more. The workers that there are go on to their end; wait for them, and
//!   then return the error.
//!
//! ```text
//! run_queue(4, 2, |item| item as u64 * 10)
//! // Ok([Done(0), Done(10), Done(20), Done(30)])
//! ```
//!
//! The function may be called only in a process with one thread, as the checks do.

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

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What `work` has returned for it.
    Done(u64),
    /// Both workers that began it have died.
    Lost,
}

/// Does all items in up to `workers` children, and returns what became of each.
///
/// # Errors
///
/// The system's reason why it gave no memory, did not fork, or did not wait.
pub fn run_queue(
    items: usize,
    workers: usize,
    work: impl Fn(usize) -> u64,
) -> io::Result<Vec<Outcome>> {
    todo!("share a counter and room for {items} results, and fork {workers} workers")
}
