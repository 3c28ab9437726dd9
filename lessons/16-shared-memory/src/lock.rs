//! Two locks whose owner is killed: a word in shared memory, and a lock on a file.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::path::Path;
use std::process::exit;
use std::sync::atomic::{AtomicU32, Ordering};

use lesson_cli::{Failure, say};
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

use crate::shared::Shared;

pub(crate) fn show() -> Result<(), Failure> {
    let word = Shared::new()?;
    let file = tempfile::NamedTempFile::new();
    let file = file.map_err(|error| Failure::system("making a temporary file", error))?;
    let owner = lock_and_die(&word, file.path())?;

    say!("LOCK: child {owner} takes two locks and is killed");
    match try_lock(&word, 1) {
        Ok(()) => say!("word in shared memory: free"),
        Err(by) => say!("HAZARD word in shared memory: locked by {by}, which has ended"),
    }
    match lock_file(file.path()) {
        Ok(_) => say!("lock on a file: free, because the kernel has released it"),
        Err(error) => say!("lock on a file: {error}"),
    }
    Ok(())
}

/// A lock that is free while it holds 0; otherwise it holds the number of its owner.
fn try_lock(word: &AtomicU32, owner: u32) -> Result<(), u32> {
    word.compare_exchange(0, owner, Ordering::Acquire, Ordering::Relaxed).map(drop)
}

/// A lock that belongs to the open file. The kernel releases it with the last descriptor.
fn lock_file(path: &Path) -> io::Result<Flock<File>> {
    let file = File::open(path)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| errno.into())
}

/// Forks a child that takes both locks, and kills it while it holds them.
fn lock_and_die(word: &AtomicU32, file: &Path) -> Result<Pid, Failure> {
    let (locked, told) = pipe().map_err(|error| Failure::system("pipe", error))?;
    let (gate, opener) = pipe().map_err(|error| Failure::system("pipe", error))?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    let child = match unsafe { fork() } {
        Err(errno) => return Err(Failure::system("fork", errno)),
        Ok(ForkResult::Child) => {
            drop((locked, opener));
            hold(word, file, told, gate)
        }
        Ok(ForkResult::Parent { child }) => child,
    };
    drop(told);
    let taken = { locked }.read_exact(&mut [0]);
    let killed = kill(child, Signal::SIGKILL);
    waitpid(child, None).map_err(|errno| Failure::system("waitpid", errno))?;
    killed.map_err(|errno| Failure::system("kill", errno))?;
    taken.map_err(|error| Failure::system("the child's locks", error))?;
    Ok(child)
}

/// What the owner does: it takes both locks, tells its parent, and blocks until it is killed or
/// its parent has ended.
fn hold(word: &AtomicU32, file: &Path, mut told: PipeWriter, mut gate: PipeReader) -> ! {
    let file = lock_file(file);
    if try_lock(word, std::process::id()).is_ok() && file.is_ok() {
        let _ = told.write_all(b"!");
        let _ = gate.read(&mut [0]);
    }
    exit(1)
}
