//! The end of the time is computed, and for some limits there is none.
//!
//! base: even_pauses
//! verdict: panicked
//! check: a_limit_may_be_short_or_very_long
//! says: overflow
//! says: In the standard library (time.rs:
//! says: which `wrong_deadline_overflows::wait_at_most` called

use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
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
    loop {
        let result = waitpid(child, None);
        if result != Err(Errno::EINTR) {
            return result;
        }
    }
}

pub fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        let time_is_over = Instant::now() >= deadline;
        match waitpid(child, Some(WaitPidFlag::WNOHANG))? {
            WaitStatus::StillAlive if time_is_over => return Ok(None),
            WaitStatus::StillAlive => sleep(Duration::from_millis(2)),
            status => return Ok(Some(status)),
        }
    }
}
