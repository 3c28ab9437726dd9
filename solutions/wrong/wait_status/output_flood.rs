//! Hostile: it says with every look that the child still runs, looks without a pause, and has
//! forgotten the limit.
//!
//! base: reference
//! verdict: too much output
//! check: the_limit_is_kept
//! says: it had printed more than

use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

pub fn in_words(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, status) => format!("ended with exit status {status}"),
        WaitStatus::Signaled(_, signal, true) => format!("killed by {signal} (core dumped)"),
        WaitStatus::Signaled(_, signal, false) => format!("killed by {signal}"),
        WaitStatus::Stopped(_, signal) => format!("stopped by {signal}"),
        WaitStatus::Continued(_) => "continued".into(),
        WaitStatus::StillAlive => "still running".into(),
        traced => format!("traced: {traced:?}"),
    }
}

pub fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}

const LONGEST_PAUSE: Duration = Duration::from_millis(20);

pub fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
    loop {
        let status = waitpid(child, Some(WaitPidFlag::WNOHANG))?;
        if status != WaitStatus::StillAlive {
            return Ok(Some(status));
        }
        println!("Child {child} is {}, and I am told to wait for {limit:?}.", in_words(status));
    }
}
