//! # snapshot: save data while it changes
//!
//! A program with much data wants to save it into a file and go on changing it meanwhile. A fork
//! makes that simple: the child has a copy of the data as they were at that moment, and all the time
//! it needs to write them. Redis saves its database in this way.
//!
//! * [`start_save`] forks a child and returns at once. The child calls `write` with a file that is
//!   new and empty. What `write` finds in memory is the state at the call, whatever the parent
//!   changes afterwards. The parent itself never calls `write`, and never waits for it.
//! * The file appears at `path` when it is complete, and not before: until then, `path` is what it
//!   was, an older snapshot or nothing. So write into another file in the same folder, whose name
//!   differs for each child, and rename it.
//! * Before it gets its name, the file is on the disk (`File::sync_all`). Otherwise, if the machine
//!   lost power now, there would be a name without data.
//! * The child ends with status 0 if all of that has succeeded; with 1 if `write` returned an error,
//!   or the system did; with 101 if `write` panicked.
//! * [`Saving::try_finish`] says how it ended, or `None` while the child still works. It never waits.
//!   It may be called again after the end, and says the same again.
//! * [`Saving::finish`] waits until the child has ended, and says how. It may be called after
//!   `try_finish` has told it already.
//! * When one of the two has told the outcome, the child has been waited for, and no file is left but
//!   a complete one at `path`: also if the child was killed while it wrote.
//! * Several snapshots may be under way at the same time, and the caller may have other children,
//!   which you must neither take nor wait for.
//! * A signal may interrupt a wait, which then fails with `EINTR`: the child has not ended.
//! * If the fork fails, `start_save` returns the error and leaves no file.
//!
//! ```text
//! let mut saving = start_save(Path::new("data.db"), |file| file.write_all(&data))?;
//! data[0] = 7; // this is not in the snapshot
//! while saving.try_finish()?.is_none() { serve_the_next_client(&mut data); }
//! ```
//!
//! The functions may be called only in a process with one thread, as the checks do.

use std::fs::{self, File};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

/// What became of a snapshot.
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
    // What does the parent need to know of it? It is for you to say.
}

/// Forks a child that lets `write` write into a new file, which then appears at `path`.
///
/// # Errors
///
/// The system's reason why it did not fork.
pub fn start_save(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<Saving> {
    todo!("fork a child that writes a file beside {path:?}, syncs it and renames it")
}

impl Saving {
    /// What became of it, if that is known already. Does not wait.
    ///
    /// # Errors
    ///
    /// The system's reason why it did not say.
    pub fn try_finish(&mut self) -> io::Result<Option<Outcome>> {
        todo!("ask without waiting, and remember the answer")
    }

    /// Waits until the child has ended, and says what became of the snapshot.
    ///
    /// # Errors
    ///
    /// The system's reason why it did not wait.
    pub fn finish(self) -> io::Result<Outcome> {
        todo!("wait for the child")
    }
}
