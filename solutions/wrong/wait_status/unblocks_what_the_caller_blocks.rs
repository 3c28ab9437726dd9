//! Afterwards its signals are unblocked, even if the caller had blocked one of them.
//!
//! base: sigtimedwait
//! verdict: state not restored
//! check: a_signal_that_the_caller_blocks_stays_blocked
//! says: SIGCHLD
//!
//! only: linux

use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

pub fn in_words(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, status) => format!("ended with exit status {status}"),
        WaitStatus::Signaled(_, signal, core_dumped) => {
            let core_dumped = if core_dumped { " (core dumped)" } else { "" };
            format!("killed by {}{core_dumped}", signal.as_str())
        }
        WaitStatus::Stopped(_, signal) => format!("stopped by {}", signal.as_str()),
        WaitStatus::Continued(_) => String::from("continued"),
        WaitStatus::StillAlive => String::from("still running"),
        other => format!("{other:?}"),
    }
}

pub fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    let mut result = waitpid(child, None);
    while result == Err(Errno::EINTR) {
        result = waitpid(child, None);
    }
    result
}

pub fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
    let mut blocked = SigSet::empty();
    blocked.add(Signal::SIGCHLD);
    let mut before = SigSet::empty();
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&blocked), Some(&mut before))?;
    let start = Instant::now();
    let result = loop {
        match waitpid(child, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => {}
            Ok(status) => break Ok(Some(status)),
            Err(error) => break Err(error),
        }
        let left = limit.saturating_sub(start.elapsed()).min(Duration::from_secs(3600));
        if left.is_zero() {
            break Ok(None);
        }
        let time = libc::timespec {
            tv_sec: left.as_secs() as i64,
            tv_nsec: left.subsec_nanos().into(),
        };
        // SAFETY: the set and the time live until the call has returned; null is for no answer.
        unsafe { libc::sigtimedwait(blocked.as_ref(), std::ptr::null_mut(), &time) };
    };
    pthread_sigmask(SigmaskHow::SIG_UNBLOCK, Some(&blocked), None)?;
    result
}
