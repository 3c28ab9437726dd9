//! A worker as a child process: whether it has ended, and how.

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::error::Exit;
use crate::sys;

/// A child process, until it has been waited for and after it.
pub(crate) struct Child {
    pid: Pid,
    /// How it has ended, if that is known.
    exit: Option<Exit>,
}

impl Child {
    pub(crate) fn new(pid: Pid) -> Self {
        Child { pid, exit: None }
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Asks whether it has ended, without blocking.
    pub(crate) fn has_ended(&mut self) -> bool {
        if self.exit.is_none() {
            match waitpid(self.pid, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => {}
                status => self.exit = Some(Exit::of(status)),
            }
        }
        self.exit.is_some()
    }

    /// Makes sure that it is dead, waits for it, and says how it ended.
    ///
    /// If it is ending by itself, the status it ends with is settled, and the signal does not
    /// change it. So the parent never waits for a child that lives on.
    pub(crate) fn kill_and_wait(&mut self) -> Exit {
        // A PID stays the child's until it is waited for. If the program's own code has done that,
        // the PID may be another process's by now: so the question comes before the signal.
        while !self.has_ended() {
            sys::kill_worker(self.pid);
            match waitpid(self.pid, None) {
                Err(Errno::EINTR) => {}
                status => self.exit = Some(Exit::of(status)),
            }
        }
        self.exit.unwrap_or(Exit::Unknown)
    }
}
