//! The temporary name has a number that each process counts by itself.
//!
//! base: parent_opens
//! verdict: check failed
//! check: two_processes_save_to_one_path

use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Saved,
    Failed { status: i32 },
    Killed { signal: Signal },
}

pub enum Saving {
    Working { child: Pid, new: PathBuf },
    Over(Outcome),
}

static SNAPSHOTS: AtomicU32 = AtomicU32::new(0);

pub fn start_save(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<Saving> {
    let number = SNAPSHOTS.fetch_add(1, Ordering::Relaxed);
    let new = path.with_extension(format!("new-{number}"));
    let mut file = File::create(&new)?;
    match unsafe { fork() } {
        Err(errno) => {
            fs::remove_file(&new)?;
            Err(errno.into())
        }
        Ok(ForkResult::Child) => {
            let work = || write(&mut file).and_then(|()| file.sync_data());
            let saved = catch_unwind(AssertUnwindSafe(work));
            exit(match saved.map(|written| written.and_then(|()| fs::rename(&new, path))) {
                Ok(Ok(())) => 0,
                Ok(Err(_)) => 1,
                Err(_) => 101,
            })
        }
        Ok(ForkResult::Parent { child }) => Ok(Saving::Working { child, new }),
    }
}

impl Saving {
    pub fn try_finish(&mut self) -> io::Result<Option<Outcome>> {
        let Saving::Working { child, new } = self else { return self.outcome() };
        match waitpid(*child, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::EINTR) | Ok(WaitStatus::StillAlive) => Ok(None),
            Err(errno) => Err(errno.into()),
            Ok(status) => {
                let outcome = judge(status, new);
                *self = Saving::Over(outcome);
                Ok(Some(outcome))
            }
        }
    }

    pub fn finish(self) -> io::Result<Outcome> {
        match self {
            Saving::Over(outcome) => Ok(outcome),
            Saving::Working { child, new } => loop {
                match waitpid(child, None) {
                    Err(Errno::EINTR) => {}
                    Err(errno) => return Err(errno.into()),
                    Ok(status) => return Ok(judge(status, &new)),
                }
            },
        }
    }

    fn outcome(&self) -> io::Result<Option<Outcome>> {
        match self {
            Saving::Over(outcome) => Ok(Some(*outcome)),
            Saving::Working { .. } => Ok(None),
        }
    }
}

fn judge(status: WaitStatus, new: &Path) -> Outcome {
    let outcome = match status {
        WaitStatus::Exited(_, 0) => Outcome::Saved,
        WaitStatus::Exited(_, status) => Outcome::Failed { status },
        WaitStatus::Signaled(_, signal, _) => Outcome::Killed { signal },
        other => unreachable!("{other:?}"),
    };
    if new.exists() {
        let _ = fs::remove_file(new);
    }
    outcome
}
