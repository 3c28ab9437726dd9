//! The end is found by a question that leaves the child a zombie, and the child is reaped afterwards. Each
//! child writes in a folder of its own.
//!
//! only: linux

use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Saved,
    Failed { status: i32 },
    Killed { signal: Signal },
}

pub struct Saving {
    child: Pid,
    folder: PathBuf,
    known: Option<Outcome>,
}

fn folder(path: &Path, child: Pid) -> PathBuf {
    path.with_extension(child.to_string())
}

pub fn start_save(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<Saving> {
    match unsafe { fork()? } {
        ForkResult::Parent { child } => {
            Ok(Saving { child, folder: folder(path, child), known: None })
        }
        ForkResult::Child => {
            let folder = folder(path, getpid());
            let work = || -> io::Result<()> {
                fs::create_dir(&folder)?;
                let mut file = File::create(folder.join("new"))?;
                write(&mut file)?;
                file.sync_all()?;
                fs::rename(folder.join("new"), path)
            };
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => exit(0),
                Ok(Err(_)) => exit(1),
                Err(_) => exit(101),
            }
        }
    }
}

impl Saving {
    pub fn try_finish(&mut self) -> io::Result<Option<Outcome>> {
        self.ask(WaitPidFlag::WNOHANG)
    }

    pub fn finish(mut self) -> io::Result<Outcome> {
        loop {
            if let Some(outcome) = self.ask(WaitPidFlag::empty())? {
                return Ok(outcome);
            }
        }
    }

    fn ask(&mut self, flags: WaitPidFlag) -> io::Result<Option<Outcome>> {
        if self.known.is_some() {
            return Ok(self.known);
        }
        let look = flags | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        let outcome = match waitid(Id::Pid(self.child), look) {
            Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => return Ok(None),
            Ok(WaitStatus::Exited(_, 0)) => Outcome::Saved,
            Ok(WaitStatus::Exited(_, status)) => Outcome::Failed { status },
            Ok(WaitStatus::Signaled(_, signal, _)) => Outcome::Killed { signal },
            Ok(other) => unreachable!("{other:?}"),
            Err(errno) => return Err(errno.into()),
        };
        while waitid(Id::Pid(self.child), WaitPidFlag::WEXITED) == Err(Errno::EINTR) {}
        let _ = fs::remove_dir_all(&self.folder);
        self.known = Some(outcome);
        Ok(self.known)
    }
}
