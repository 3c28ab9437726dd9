//! SIGCHLD comes as something that can be polled, with what is left of the limit.
//!
//! only: linux

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::sys::signalfd::SignalFd;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

pub fn in_words(status: WaitStatus) -> String {
    let core = |dumped| if dumped { " (core dumped)" } else { "" };
    match status {
        WaitStatus::Exited(_, number) => format!("ended with exit status {number}"),
        WaitStatus::Signaled(_, signal, dumped) => {
            format!("killed by {}{}", signal.as_str(), core(dumped))
        }
        WaitStatus::Stopped(_, signal) => ["stopped by ", signal.as_str()].concat(),
        WaitStatus::Continued(_) => "continued".to_owned(),
        WaitStatus::StillAlive => "still running".to_owned(),
        other => format!("{other:?}"),
    }
}

pub fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    let status = waitpid(child, None);
    if status == Err(Errno::EINTR) { wait_for(child) } else { status }
}

pub fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
    let begin = Instant::now();
    let ends = SigSet::from(Signal::SIGCHLD);
    let descriptor = SignalFd::new(&ends)?;
    let mut before = SigSet::empty();
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&ends), Some(&mut before))?;
    let status = looks(child, begin, limit, &descriptor);
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None)?;
    status
}

fn looks(
    child: Pid,
    begin: Instant,
    limit: Duration,
    descriptor: &SignalFd,
) -> nix::Result<Option<WaitStatus>> {
    loop {
        match waitpid(child, Some(WaitPidFlag::WNOHANG))? {
            WaitStatus::StillAlive => {}
            status => return Ok(Some(status)),
        }
        let left = limit.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Ok(None);
        }
        // Rounded up, and looked at again after a minute at most.
        let rounded = left.min(Duration::from_secs(60)).as_micros().div_ceil(1000);
        let timeout = PollTimeout::try_from(rounded as i32).unwrap_or(PollTimeout::MAX);
        let readable = poll(&mut [PollFd::new(descriptor.as_fd(), PollFlags::POLLIN)], timeout);
        if readable == Ok(1) {
            let _ = descriptor.read_signal();
        }
    }
}
