//! # mini_pool: a map over a few workers
//!
//! Write the smallest pool that is of use: an ordered map whose work is done by a few worker processes.
//! The workers do not die here, and a result is one number. (`pool_map`, which comes next, is the same
//! with results of any type and workers that may die.)
//!
//! * Fork `workers` processes (at least 1 is asked for), but no more than there are items. They stay: each
//!   takes item after item, and ends when there are no more.
//! * An item is handed to a worker as soon as one is free, so that a slow item holds up nobody.
//! * The workers inherit `items` and `work` by the fork. What must travel is the index of an item to a free
//!   worker, and the number back. Both have a fixed size, for instance 8 bytes.
//! * Return the results in the order of the items, whatever the order in which they were done.
//! * If a worker ends before it has answered, because `work` panics or exits, return an error. You need not
//!   replace it, and the results that there are need not come back. But do not wait for ever, and do not
//!   return before all workers have ended.
//! * A read or write may transfer a part, and a signal may interrupt a call, which then fails with `EINTR`:
//!   go on until all is there, and call again. (std's `read_exact` and `write_all` do so.)
//! * The caller may have other children. They are no workers, and you must not wait until they have ended.
//! * If a fork fails, or if the processes cannot be connected, hand out nothing more. The workers that
//!   there are end, and then you return the error.
//! * Afterwards every worker has been waited for, and nothing that you opened is open.
//!
//! ```text
//! mini_pool(2, &["one", "three", "five"], |word| word.len() as u64)
//! // Ok([3, 5, 4])
//! ```
//!
//! The function may be called only in a process with one thread, because a worker has a copy of the
//! calling thread alone. The checks see to that; a library would make it an `unsafe fn`.

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
/// The system's reason why it did not fork, or connect the processes; or that a worker has ended.
pub fn mini_pool<T>(workers: usize, items: &[T], work: impl Fn(&T) -> u64) -> io::Result<Vec<u64>> {
    todo!("fork {workers} workers, and hand out {} items", items.len())
}
