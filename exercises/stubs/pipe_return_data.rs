//! # pipe_return_data: results through pipes
//!
//! An exit status holds one byte. Write a function that has several children work at the same
//! time, and brings home everything that they computed: each child sends its result, as JSON,
//! through a pipe of its own.
//!
//! * Child number `index`, from 0 to `count - 1`, calls `work(index)`, writes what it returns as
//!   JSON into its pipe, and ends with status 0. If `work` panics, the child ends with status 101;
//!   if the result cannot be written, with status 1.
//! * The parent returns a list with an entry for each child, in the order of their numbers,
//!   whichever ends first. A child that ended with another status than 0, or by a signal, has a
//!   [`Failure`] there, whatever it has sent, and so has one that ended with 0 but whose JSON is
//!   missing or cut off. The others still have their results.
//! * A result may be far larger than a pipe holds (64 KiB on Linux).
//! * A read or write may transfer a part, and a signal may interrupt a call, which then fails with
//!   `EINTR`: go on until all is there, and call again. (std's `read_to_end` and `write_all` do so.)
//! * The caller may have other children. They have no result, and you must not wait until they have
//!   ended.
//! * If a pipe cannot be made or a fork fails, no more is forked; the children that there are come to
//!   the end of their work, and then you return the error.
//! * Afterwards every child has been waited for, and every pipe is closed.
//!
//! ```text
//! results_of_children(3, |index| vec![index; index])
//! // Ok([Ok([]), Ok([1]), Ok([2, 2])])
//! ```
//!
//! The function may be called only in a process with one thread, because a child has a copy of the
//! calling thread alone. The checks see to that; a library would make it an `unsafe fn`.

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why there is no result of a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It ended with this exit status, and not with 0.
    Exited(i32),
    /// This signal ended it.
    Killed(Signal),
    /// It ended with 0, but what it sent is not the whole result. The text is the decoder's reason.
    Damaged(String),
}

/// Has `count` children call `work` with their numbers, at the same time, and returns their
/// results in the order of these numbers.
///
/// # Errors
///
/// The system's reason why it made no pipe or did not fork.
pub fn results_of_children<T>(
    count: usize,
    work: impl Fn(usize) -> T,
) -> io::Result<Vec<Result<T, Failure>>>
where
    T: Serialize + DeserializeOwned,
{
    todo!("fork {count} children, each with a pipe of its own; read from the pipes; then wait")
}
