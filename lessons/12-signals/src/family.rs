//! The workers as the parent sees them: forked, told to stop, asked how they ended.

use std::io::{self, PipeReader, Read};

use lesson_cli::{Failure, say};
use nix::sys::signal::{SigSet, Signal, kill, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

use crate::worker;

/// All workers that exist, even if a fork failed.
pub(crate) fn fork_workers(items: u32, interrupt: bool) -> (Vec<Pid>, Result<(), Failure>) {
    let mut workers = Vec::new();
    let forked = (|| {
        let (both_are_busy, busy) = io::pipe().map_err(|error| Failure::system("a pipe", error))?;
        for number in 1..=2 {
            // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
            match unsafe { fork() } {
                Err(errno) => return Err(Failure::system(format!("fork number {number}"), errno)),
                Ok(ForkResult::Child) => worker::work(number, items, interrupt.then_some(busy)),
                Ok(ForkResult::Parent { child }) => workers.push(child),
            }
        }
        drop(busy);
        interrupt.then(|| press_ctrl_c(both_are_busy)).transpose().map(drop)
    })();
    (workers, forked)
}

/// Waits until every worker has closed its copy of the pipe, and sends this process SIGINT.
fn press_ctrl_c(mut both_are_busy: PipeReader) -> Result<(), Failure> {
    let _ = both_are_busy.read(&mut [0]); // end-of-file: nothing is written
    raise(Signal::SIGINT).map_err(|errno| Failure::system("raise", errno))
}

/// One SIGCHLD may stand for several children, so each of them is checked.
pub(crate) fn is_running(worker: Pid) -> bool {
    match waitpid(worker, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::StillAlive) => true,
        Ok(WaitStatus::Exited(_, status)) => {
            say!("parent {}: {worker} ended with exit status {status}", getpid());
            false
        }
        ended => {
            say!("parent {}: {ended:?}", getpid());
            false
        }
    }
}

pub(crate) fn send(workers: &[Pid], signal: Signal) {
    for worker in workers {
        let _ = kill(*worker, signal); // the child was not waited for, so the PID is still its own
    }
}

/// If a signal has stopped the work, this process ends by it, so that a shell or a script sees that
/// it was interrupted. So it does if one is pending now.
pub(crate) fn end(stopped_by: Option<Signal>, events: &SigSet) -> Result<(), Failure> {
    if let Some(signal) = stopped_by {
        let _ = raise(signal); // blocked until the next line
    }
    events.thread_unblock().map_err(|errno| Failure::system("unblocking signals", errno))
}
