//! SIGCHLD comes as something to read. The child gets the caller's mask back before it works.
//!
//! only: linux

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::sys::signalfd::SignalFd;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    let ends = SigSet::from(Signal::SIGCHLD);
    let descriptor = SignalFd::new(&ends)?;
    let mut before = SigSet::empty();
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&ends), Some(&mut before))?;
    // SAFETY: this process has one thread; the checks see to that.
    let status = match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
            exit(catch_unwind(AssertUnwindSafe(work)).unwrap_or(101).into())
        }
        Ok(ForkResult::Parent { child }) => until_it_ends(child, &descriptor),
        Err(error) => Err(error),
    };
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None)?;
    status
}

/// A signal says that some child has changed, so look at this one each time.
fn until_it_ends(child: Pid, descriptor: &SignalFd) -> nix::Result<WaitStatus> {
    loop {
        let status = waitpid(child, Some(WaitPidFlag::WNOHANG))?;
        if status != WaitStatus::StillAlive {
            return Ok(status);
        }
        descriptor.read_signal()?;
    }
}
