//! The end is seen on a pidfd, by poll; the work is a state machine in an Option; and the temporary file's
//! name is short, whatever the path's is.
//!
//! only: linux

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Saved,
    Failed { status: i32 },
    Killed { signal: Signal },
}

#[derive(Debug)]
pub struct Saving(Result<Outcome, Work>);

#[derive(Debug)]
struct Work {
    child: Pid,
    pidfd: OwnedFd,
    temporary: PathBuf,
}

fn beside(path: &Path, child: Pid) -> PathBuf {
    path.with_file_name(format!("{child}"))
}

pub fn start_save(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<Saving> {
    match unsafe { fork()? } {
        ForkResult::Parent { child } => {
            let pidfd = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
            let pidfd = unsafe { OwnedFd::from_raw_fd(Errno::result(pidfd)? as i32) };
            Ok(Saving(Err(Work { child, pidfd, temporary: beside(path, child) })))
        }
        ForkResult::Child => {
            let work = || -> io::Result<()> {
                let temporary = beside(path, getpid());
                let mut file = File::options().read(true).write(true).create_new(true).open(&temporary)?;
                write(&mut file)?;
                Errno::result(unsafe { libc::fdatasync(file.as_raw_fd()) })?;
                drop(file);
                fs::rename(temporary, path)
            };
            let status = catch_unwind(AssertUnwindSafe(work)).map_or(101, |done| i32::from(done.is_err()));
            std::process::exit(status)
        }
    }
}

impl Saving {
    pub fn try_finish(&mut self) -> io::Result<Option<Outcome>> {
        self.look(PollTimeout::ZERO)
    }

    pub fn finish(mut self) -> io::Result<Outcome> {
        loop {
            if let Some(outcome) = self.look(PollTimeout::NONE)? {
                return Ok(outcome);
            }
        }
    }

    fn look(&mut self, timeout: PollTimeout) -> io::Result<Option<Outcome>> {
        let work = match &self.0 {
            Ok(outcome) => return Ok(Some(*outcome)),
            Err(work) => work,
        };
        match poll(&mut [PollFd::new(work.pidfd.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(0) | Err(Errno::EINTR) => return Ok(None),
            ended => ended?,
        };
        let outcome = match waitpid(work.child, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::EINTR) | Ok(WaitStatus::StillAlive) => return Ok(None),
            Ok(WaitStatus::Exited(_, 0)) => Outcome::Saved,
            Ok(WaitStatus::Exited(_, status)) => Outcome::Failed { status },
            Ok(WaitStatus::Signaled(_, signal, _)) => Outcome::Killed { signal },
            other => return Err(other.err().unwrap_or(Errno::EINVAL).into()),
        };
        let _ = fs::remove_file(&work.temporary);
        self.0 = Ok(outcome);
        Ok(Some(outcome))
    }
}
