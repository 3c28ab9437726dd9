//! The file is synced when it has been created, and not when it has been written.
//!
//! base: reference
//! verdict: check failed
//! check: what_was_written_is_synced

use std::fs::{self, File};
use std::io;
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
    child: Pid,
    path: PathBuf,
    /// Known when the child has been reaped, which is possible only once.
    outcome: Option<Outcome>,
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
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            // In the child, all memory is as it was at the fork, whatever the parent changes.
            let saved = catch_unwind(AssertUnwindSafe(|| save(path, write)));
            exit(match saved {
                Ok(Ok(())) => 0,
                Ok(Err(_)) => 1,
                Err(_) => 101,
            })
        }
        ForkResult::Parent { child } => Ok(Saving { child, path: path.to_owned(), outcome: None }),
    }
}

/// The child's work: a file of its own, which is renamed when it is complete.
fn save(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let temporary = temporary(path, getpid());
    let mut file = File::create(&temporary)?;
    file.sync_all()?;
    write(&mut file)?;
    fs::rename(&temporary, path)
}

/// The child's file is in the same folder, because a rename cannot leave the file system. Both
/// processes know its name, so the parent can remove the file of a child that was killed.
fn temporary(path: &Path, child: Pid) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{child}"));
    name.into()
}

impl Saving {
    /// The outcome, or `None` if the child has not ended yet. Does not wait.
    ///
    /// # Errors
    ///
    /// Fails if the wait fails.
    pub fn try_finish(&mut self) -> io::Result<Option<Outcome>> {
        if self.outcome.is_none() {
            self.ask(Some(WaitPidFlag::WNOHANG))?;
        }
        Ok(self.outcome)
    }

    /// Waits until the child has ended, and returns the outcome of the snapshot.
    ///
    /// # Errors
    ///
    /// Fails if the wait fails.
    pub fn finish(mut self) -> io::Result<Outcome> {
        loop {
            match self.outcome {
                Some(outcome) => return Ok(outcome),
                None => self.ask(None)?,
            }
        }
    }

    /// Asks the kernel for the child's status, and stores the outcome if the child has ended.
    fn ask(&mut self, flags: Option<WaitPidFlag>) -> io::Result<()> {
        let outcome = match waitpid(self.child, flags) {
            Ok(WaitStatus::Exited(_, 0)) => Outcome::Saved,
            Ok(WaitStatus::Exited(_, status)) => Outcome::Failed { status },
            Ok(WaitStatus::Signaled(_, signal, _)) => Outcome::Killed { signal },
            Ok(_) | Err(Errno::EINTR) => return Ok(()), // the child is still working
            Err(errno) => return Err(errno.into()),
        };
        if outcome != Outcome::Saved {
            // The file may be missing: the child may have failed before it created it.
            let _ = fs::remove_file(temporary(&self.path, self.child));
        }
        self.outcome = Some(outcome);
        Ok(())
    }
}
