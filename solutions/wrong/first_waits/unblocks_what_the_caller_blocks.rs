//! Afterwards its signals are unblocked, even if the caller had blocked one of them.
//!
//! base: sigtimedwait
//! verdict: state not restored
//! check: step_2_a_signal_that_the_caller_blocks_stays_blocked
//! says: SIGCHLD
//!
//! only: linux

use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

pub fn status_if_ended(child: Pid) -> nix::Result<Option<WaitStatus>> {
    let status = waitpid(child, Some(WaitPidFlag::WNOHANG))?;
    Ok(if status == WaitStatus::StillAlive { None } else { Some(status) })
}

pub fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
    let mut blocked = SigSet::empty();
    blocked.add(Signal::SIGCHLD);
    let mut before = SigSet::empty();
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&blocked), Some(&mut before))?;
    let status = look_at_each_signal(children, &blocked);
    pthread_sigmask(SigmaskHow::SIG_UNBLOCK, Some(&blocked), None)?;
    status
}

fn look_at_each_signal(children: &[Pid], blocked: &SigSet) -> nix::Result<WaitStatus> {
    let longest = libc::timespec { tv_sec: 1, tv_nsec: 0 };
    loop {
        for child in children {
            if let Some(status) = status_if_ended(*child)? {
                return Ok(status);
            }
        }
        // SAFETY: the set and the time live until the call has returned; null is for no answer.
        unsafe { libc::sigtimedwait(blocked.as_ref(), std::ptr::null_mut(), &longest) };
    }
}

pub fn shell_number(status: WaitStatus) -> Option<i32> {
    match status {
        WaitStatus::Signaled(_, signal, _) => Some(signal as i32 + 128),
        WaitStatus::Exited(_, status) => Some(status),
        WaitStatus::Stopped(..) | WaitStatus::Continued(_) | WaitStatus::StillAlive => None,
        _ => None,
    }
}
