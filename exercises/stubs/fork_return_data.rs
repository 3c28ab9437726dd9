//! # fork_return_data: results through files
//!
//! Write a function that has several children work at the same time. Each leaves its result in a
//! file; the parent takes it up as soon as that child has ended.
//!
//! * Child number `index`, from 0 to `count - 1`, calls `work(index)`, writes what it returns as
//!   JSON into a file in `folder`, and ends with status 0. The file is named after both processes,
//!   as in `4711-4712.json`: the parent's PID, then the child's. If `work` panics, the child ends
//!   with status 101; if the result cannot be written, with status 1.
//! * As each child ends, whichever is first, the parent looks for its file, reads it, removes it,
//!   decodes it, and calls `receive` with the child's number and its result: once for each child.
//! * A child that ended with another status than 0, or by a signal, has no result but a
//!   [`Failure`], whatever may be in its file; and so has one that ended with 0 but whose file is
//!   missing or cut off. The others still have their results.
//! * A read or write may transfer a part, and a signal may interrupt a call, which then fails with
//!   `EINTR`: go on until all is there, and call again. (`fs::read` and `fs::write` do so.)
//! * The caller may have other children, and other programs files in the folder. A child of the
//!   caller's has no result, and you must not wait until it has ended. If `wait` gives you one that
//!   has ended already, you may drop its status.
//! * If a fork fails, no more is forked. The children that there are come to the end of their work,
//!   their results are received, and then you return the error.
//! * Afterwards every child has been waited for, and no file is left, also not of those that died.
//!
//! ```text
//! results_as_they_end(Path::new("."), 2, |index| index * 10, |index, result| println!("{index}: {result:?}"))
//! // 1: Ok(10)
//! // 0: Ok(0)
//! ```
//!
//! The function may be called only in a process with one thread, because a child has a copy of the
//! calling thread alone. The checks see to that; a library would make it an `unsafe fn`.

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

/// Why there is no result of a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It ended with this exit status, and not with 0.
    Exited(i32),
    /// This signal ended it.
    Killed(Signal),
    /// It ended with 0, but there is no file of it.
    NoFile,
    /// It ended with 0, but its file does not hold a whole result. The text is the decoder's reason.
    Damaged(String),
}

/// Has `count` children call `work` with their numbers, at the same time, and hands each result
/// to `receive` as soon as its child has ended.
///
/// # Errors
///
/// The system's reason why it did not fork.
pub fn results_as_they_end<T>(
    folder: &Path,
    count: usize,
    work: impl Fn(usize) -> T,
    receive: impl FnMut(usize, Result<T, Failure>),
) -> io::Result<()>
where
    T: Serialize + DeserializeOwned,
{
    todo!("fork {count} children that write files into {folder:?}; wait for any; read its file")
}
