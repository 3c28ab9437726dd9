//! # pool_map: a pool of workers
//!
//! Write a small process pool: a `map` whose work is done by a few worker processes. An item is
//! handed to a worker as soon as one is free, so that a slow item holds up nobody.
//!
//! * Fork `workers` processes (which is at least 1), but no more than there are items. They stay:
//!   each takes item after item, and ends when there are no more.
//! * The workers inherit `items` and `work` by the fork. What must travel is the index of an item
//!   to a free worker, and the result back (as JSON, for example).
//! * Return a list with an entry for each item, in the order of the items, whatever the order in
//!   which they were done.
//! * A worker may die of its item: `work` panics (the worker ends with status 101), exits, or is
//!   killed. That item gets a [`Failure`], and is not tried again. If there are items left that no
//!   worker has, a new worker takes the place of the dead one. All other items get their results.
//! * A result that has arrived whole counts; a part of one does not. A result that cannot be encoded
//!   ends its worker, with a status other than 0.
//! * A read or write may transfer a part, and a signal may interrupt a call, which then fails with
//!   `EINTR`: go on until all is there, and call again.
//! * The caller may have other children. They are no workers, and you must not wait until they have
//!   ended.
//! * If a fork fails, also one for a replacement, or if the processes cannot be connected, hand out
//!   nothing more; the items under way come to their end, the workers as well, and then you return
//!   the error. (When no item is left to hand out, no replacement is forked.)
//! * Afterwards every worker has been waited for, and nothing that you opened is open.
//!
//! ```text
//! pool_map(2, &["one", "three", "five"], |word| word.len())
//! // Ok([Ok(3), Ok(5), Ok(4)])
//! ```
//!
//! The function may be called only in a process with one thread, because a child has a copy of the
//! calling thread alone. The checks see to that; a library would make it an `unsafe fn`.

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

/// How the worker ended that had the item.
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
/// The system's reason why it did not fork, or connect the processes.
pub fn pool_map<T, R>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> R,
) -> io::Result<Vec<Result<R, Failure>>>
where
    R: Serialize + DeserializeOwned,
{
    todo!(
        "fork {workers} workers; give each an item of {}; whoever answers, gets another",
        items.len()
    )
}
