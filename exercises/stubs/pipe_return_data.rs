//! # pipe_return_data: results through pipes
//!
//! An exit status holds one byte. Write a function that runs several children at the same time and
//! returns everything that they computed: each child sends its result, as JSON, through its own
//! pipe.
//!
//! * Child `index`, from 0 to `count - 1`, calls `work(index)`, writes the result as JSON into its
//!   pipe, and ends with status 0. If `work` panics, the child ends with status 101. If the result
//!   cannot be converted to JSON, or cannot be written, it ends with status 1.
//! * The child is a copy of the caller, and `work` finds everything there as the caller has it.
//! * The parent returns a list with an entry for each child, in the order of the children's
//!   numbers, regardless of which child ends first.
//! * If a child does not end with status 0, its entry is a [`Failure`], whatever the child has
//!   sent. Its entry is also a `Failure` if its JSON is missing or incomplete. The results of the
//!   other children are not affected.
//! * A result may be far larger than the capacity of a pipe (by default 64 KiB on Linux).
//! * A read or write may transfer only part of the data, and a signal may interrupt any call, which
//!   then fails with `EINTR`. In both cases, repeat the call until the operation is complete.
//!   (std's `read_to_end` and `write_all` do so.) The checks also accept an `EINTR` error, although
//!   the caller can do little with it.
//! * The caller may have other children. They have no entry in the list, and your function must not
//!   wait for them to end.
//! * If a pipe cannot be created or a fork fails, do not fork again. Let the children that are
//!   already running finish their work. Then return the error.
//! * When the function returns, every child has been reaped, and every pipe is closed.
//!
//! ```text
//! results_of_children(3, |index| vec![index; index])
//! // Ok([Ok([]), Ok([1]), Ok([2, 2])])
//! ```
//!
//! The function may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds; a library would make the function
//! an `unsafe fn`.

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a child has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It ended with this exit status, which is not 0.
    Exited(i32),
    /// A signal ended it.
    Killed(Signal),
    /// It ended with 0, but what it sent is incomplete. The string is the decoder's error message.
    Damaged(String),
}

/// Runs `count` children at the same time, each of which calls `work` with its number, and returns
/// their results in the order of these numbers.
///
/// # Errors
///
/// Fails if a pipe or a child cannot be created.
pub fn results_of_children<T>(
    count: usize,
    work: impl Fn(usize) -> T,
) -> io::Result<Vec<Result<T, Failure>>>
where
    T: Serialize + DeserializeOwned,
{
    todo!("fork {count} children, each with its own pipe; read from the pipes; then wait")
}
