//! # snapshot: save data while it changes
//!
//! A program with much data has to save it to a file and continue to change it in the meantime. A
//! fork makes this simple, because the child has a copy of the data as it was at the moment of the
//! fork, and can take its time to write that copy. Redis saves its database in this way.
//!
//! * [`start_save`] forks a child and returns at once. The child calls `write` with a new, empty
//!   file. In the child, `write` finds memory in the state at the time of the call, whatever the
//!   parent changes afterwards. The child is a copy of the caller, and `write` finds everything
//!   there as the caller has it. The parent neither calls `write` nor waits for it.
//! * The file appears at `path` when it is complete. Until then, `path` remains as it was before,
//!   with an older snapshot or with no file. So write to another file in the same folder, with a
//!   name that is different for each child, and rename it.
//! * Before the rename, ensure that the data is on the disk (`File::sync_all`). Otherwise a power
//!   failure at this point could leave the new name without its data.
//! * The child ends with status 0 if all these steps have succeeded, with 1 if `write` or the
//!   system reported an error, and with 101 if `write` panicked.
//! * [`Saving::try_finish`] returns the outcome, or `None` while the child is still working. It
//!   never waits. It may be called again after the child has ended, and then returns the same
//!   outcome again.
//! * [`Saving::finish`] waits until the child has ended, and returns the outcome. It may be called
//!   after `try_finish` has already returned the outcome.
//! * When one of the two has returned the outcome, the child has been reaped, and no file is left
//!   except a complete one at `path`, even if the child was killed while it was writing.
//! * Several snapshots may be in progress at the same time, and the caller may have other children.
//!   Your functions must not reap them or wait for them.
//! * A signal may interrupt a wait, which then fails with `EINTR`. The child has not ended in this
//!   case, so wait again. (The checks also accept an `EINTR` error, although the caller can do
//!   little with it.)
//! * If the fork fails, `start_save` returns the error and leaves no file.
//!
//! ```text
//! let mut saving = start_save(Path::new("data.db"), |file| file.write_all(&data))?;
//! data[0] = 7; // this is not in the snapshot
//! while saving.try_finish()?.is_none() { serve_the_next_client(&mut data); }
//! ```
//!
//! The functions may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds.

use std::fs::{self, File};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

/// The outcome of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is complete, at its path and on the disk.
    Saved,
    /// The child ended with this exit status.
    Failed {
        /// Not 0.
        status: i32,
    },
    /// The child was ended by this signal.
    Killed {
        /// Such as SIGKILL.
        signal: Signal,
    },
}

/// A snapshot that a child is writing.
#[derive(Debug)]
pub struct Saving {
    // What does the parent need to know about it? Choose the fields yourself.
}

/// Forks a child that calls `write` with a new file, which then appears at `path`.
///
/// # Errors
///
/// Fails if the fork fails.
pub fn start_save(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<Saving> {
    todo!("fork a child that writes a file beside {path:?}, syncs it and renames it")
}

impl Saving {
    /// The outcome, or `None` if the child has not ended yet. Does not wait.
    ///
    /// # Errors
    ///
    /// Fails if the wait fails.
    pub fn try_finish(&mut self) -> io::Result<Option<Outcome>> {
        todo!("ask for the status without waiting, and remember it")
    }

    /// Waits until the child has ended, and returns the outcome of the snapshot.
    ///
    /// # Errors
    ///
    /// Fails if the wait fails.
    pub fn finish(self) -> io::Result<Outcome> {
        todo!("wait for the child")
    }
}
