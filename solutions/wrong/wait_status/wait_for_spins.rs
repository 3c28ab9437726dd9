//! wait_for asks without a pause.
//!
//! base: reference
//! verdict: busy wait
//! check: it_waits_for_this_child_and_no_other or a_signal_does_not_end_the_wait

use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Describes `status` in words.
pub fn in_words(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, status) => format!("ended with exit status {status}"),
        WaitStatus::Signaled(_, signal, true) => format!("killed by {signal} (core dumped)"),
        WaitStatus::Signaled(_, signal, false) => format!("killed by {signal}"),
        WaitStatus::Stopped(_, signal) => format!("stopped by {signal}"),
        WaitStatus::Continued(_) => "continued".into(),
        WaitStatus::StillAlive => "still running".into(),
        #[allow(unreachable_patterns, clippy::allow_attributes, reason = "Linux has two more")]
        traced => format!("traced: {traced:?}"),
    }
}

/// Waits until `child` has ended, even if signals arrive in the meantime.
///
/// # Errors
///
/// `Errno::ECHILD` if this process has no such child.
pub fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => std::thread::yield_now(),
            result => return result,
        }
    }
}

/// The longest time for which an end can remain unnoticed.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Waits until `child` has ended, but no longer than `limit`. `None` means that it still runs.
///
/// # Errors
///
/// `Errno::ECHILD` if this process has no such child.
pub fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
    // POSIX has no waitpid with a time limit, so this polls, with pauses that grow: a child that
    // ends at once is noticed at once, and a long wait costs little. (Linux needs no pauses:
    // pidfd_open(2) returns a descriptor for which poll can wait.)
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        let status = waitpid(child, Some(WaitPidFlag::WNOHANG))?; // never waits, so never EINTR
        if status != WaitStatus::StillAlive {
            return Ok(Some(status));
        }
        let left = limit.saturating_sub(start.elapsed()); // by the clock, not by the sum of pauses
        if left.is_zero() {
            return Ok(None);
        }
        #[expect(clippy::disallowed_methods, reason = "the time is the subject")]
        sleep(pause.min(left)); // continues after a signal
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}
