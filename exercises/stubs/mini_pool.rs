//! # mini_pool: a map over a few workers
//!
//! Write the smallest pool that is useful: an ordered map whose work is done by a few worker
//! processes. The workers do not die in this exercise, and a result is one number. (The next
//! exercise, `pool_map`, adds results of any type and workers that may die.)
//!
//! * Fork `workers` workers (`workers` is at least 1), but no more than there are items. Each
//!   worker takes one item after another, and ends when there are no more.
//! * Give an item to a worker as soon as one is free, so that a slow item does not hold up the
//!   others.
//! * The workers inherit `items` and `work` through the fork. The parent sends a worker the index
//!   of an item, and the worker sends back a number. Both have a fixed size, such as 8 bytes.
//! * Return the results in the order of the items, regardless of the order in which they are
//!   completed.
//! * If a worker ends before it has answered, because `work` panics or exits, return an error. You
//!   need not replace the worker, and you may discard the results received so far. However, your
//!   function must not wait for ever, and it must not return before all workers have ended.
//! * A read or write may transfer only part of the data, and a signal may interrupt any call, which
//!   then fails with `EINTR`. In both cases, continue until all data has been transferred. (std's
//!   `read_exact` and `write_all` do so.) The checks also accept an `EINTR` error, although the
//!   caller can do little with it.
//! * The caller may have other children. They are not workers, and your function must not wait for
//!   them.
//! * If a fork fails, or if the processes cannot be connected, do not hand out any more items. Let
//!   the existing workers end, wait for them, and return the error.
//! * When the function returns, all workers have been reaped, and everything that you opened is
//!   closed.
//!
//! ```text
//! mini_pool(2, &["one", "three", "five"], |word| word.len() as u64)
//! // Ok([3, 5, 4])
//! ```
//!
//! The function may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds; a library would make the function
//! an `unsafe fn`.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Calls `work` for each item, in `workers` processes, and returns the results in the order of the
/// items.
///
/// # Errors
///
/// Fails if a worker cannot be forked or connected to the parent, or if it ends too early.
pub fn mini_pool<T>(workers: usize, items: &[T], work: impl Fn(&T) -> u64) -> io::Result<Vec<u64>> {
    todo!("fork {workers} workers, and hand out {} items", items.len())
}
