//! # pool_map: a pool of workers
//!
//! Write a small process pool: a `map` whose work is done by a few worker processes. Give an item
//! to a worker as soon as one is free, so that a slow item does not hold up the others.
//!
//! * Fork `workers` workers (`workers` is at least 1), but no more than there are items. Each
//!   worker takes one item after another, and ends when there are no more.
//! * The workers inherit `items` and `work` through the fork. The parent sends a worker the index
//!   of an item, and the worker sends back the result (as JSON, for example).
//! * Return a list with an entry for each item, in the order of the items, regardless of the order
//!   in which they are completed.
//! * A worker may die while it processes an item: `work` panics (the worker then ends with status
//!   101), exits, or is killed by a signal. The item's entry is then a [`Failure`], and the item is
//!   not tried again. If there are still items that no worker has, a new worker replaces the dead
//!   one. All other items have their results.
//! * A result counts if it has arrived completely; part of a result does not count. If a result
//!   cannot be encoded, its worker ends with a status other than 0.
//! * A read or write may transfer only part of the data, and a signal may interrupt any call, which
//!   then fails with `EINTR`. In both cases, continue until all data has been transferred.
//!   (The checks also accept an `EINTR` error, although the caller can do little with it.)
//! * The caller may have other children. They are not workers, and your function must not wait for
//!   them.
//! * If a fork fails, including one for a replacement, or if the processes cannot be connected, do
//!   not hand out any more items. Let the workers finish the items that they have already started,
//!   wait for the workers, and then return the error. (When no item is left to hand out, no
//!   replacement is forked.)
//! * When the function returns, all workers have been reaped, and everything that you opened is
//!   closed.
//!
//! ```text
//! pool_map(2, &["one", "three", "five"], |word| word.len())
//! // Ok([Ok(3), Ok(5), Ok(4)])
//! ```
//!
//! The function may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds; a library would make the function
//! an `unsafe fn`.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How the item's worker ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Killed(Signal),
}

/// Calls `work` for each item, in `workers` processes, and returns the results in the order of
/// the items.
///
/// # Errors
///
/// Fails if a worker cannot be forked or connected to the parent.
pub fn pool_map<T, R>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> R,
) -> io::Result<Vec<Result<R, Failure>>>
where
    R: Serialize + DeserializeOwned,
{
    todo!(
        "fork {workers} workers; give each of them one of {} items, and the next when it answers",
        items.len()
    )
}
