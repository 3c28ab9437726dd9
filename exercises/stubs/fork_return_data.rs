//! # fork_return_data: results through files
//!
//! Write a function that runs several children at the same time. Each child leaves its result in a
//! file, which the parent reads as soon as that child has ended.
//!
//! * Child `index`, from 0 to `count - 1`, calls `work(index)`, writes the result as JSON to a file
//!   in `folder`, and ends with status 0. The file is named after both processes, as in
//!   `4711-4712.json`: first the parent's PID, then the child's. If `work` panics, the child ends
//!   with status 101. If the result cannot be written, it ends with status 1.
//! * The child is a copy of the caller, and `work` finds everything there as the caller has it.
//! * As each child ends, in whatever order, the parent reads the child's file, removes the file,
//!   decodes the data, and calls `receive` with the child's number and the result. It calls
//!   `receive` once for each child.
//! * If a child does not end with status 0, call `receive` with a [`Failure`] instead of a result,
//!   whatever the child's file contains. Do the same if the file is missing or incomplete. The
//!   results of the other children are not affected.
//! * A read or write may transfer only part of the data, and a signal may interrupt any call, which
//!   then fails with `EINTR`. In both cases, repeat the call until the operation is complete.
//!   (`fs::read` and `fs::write` do so.) The checks also accept an `EINTR` error, although the
//!   caller can do little with it.
//! * The caller may have other children, and other programs may have files in the folder. The
//!   caller's other children have no result, and your function must not wait for them to end. If
//!   `wait` happens to report one of them, you may discard its status.
//! * If a fork fails, do not fork again. Let the children that are already running finish their
//!   work, and receive their results. Then return the error.
//! * When the function returns, every child has been reaped, and none of the children's files is
//!   left, not even the file of a child that died.
//!
//! ```text
//! results_as_they_end(Path::new("."), 2, |index| index * 10, |index, result| println!("{index}: {result:?}"))
//! // 1: Ok(10)
//! // 0: Ok(0)
//! ```
//!
//! The function may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds; a library would make the function
//! an `unsafe fn`.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a child has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It ended with this exit status, which is not 0.
    Exited(i32),
    /// A signal ended it.
    Killed(Signal),
    /// It ended with 0, but its file is missing.
    NoFile,
    /// It ended with 0, but its file is incomplete. The string is the decoder's error message.
    Damaged(String),
}

/// Runs `count` children at the same time, each of which calls `work` with its number, and passes
/// each result to `receive` as soon as its child has ended.
///
/// # Errors
///
/// Fails if the fork fails.
pub fn results_as_they_end<T>(
    folder: &Path,
    count: usize,
    work: impl Fn(usize) -> T,
    receive: impl FnMut(usize, Result<T, Failure>),
) -> io::Result<()>
where
    T: Serialize + DeserializeOwned,
{
    todo!("fork {count} children that write files in {folder:?}; wait for any child; read its file")
}
