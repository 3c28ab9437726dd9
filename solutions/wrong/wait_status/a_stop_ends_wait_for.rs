//! wait_for asks for stops as well.
//!
//! base: even_pauses
//! verdict: check failed
//! check: a_stop_is_not_an_end
//! says: the child was stopped

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
        let result = waitpid(child, Some(WaitPidFlag::WUNTRACED));
        if result != Err(Errno::EINTR) {
            return result;
        }
    }
}

pub fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
    let start = Instant::now();
    loop {
        let time_is_over = start.elapsed() >= limit;
        match waitpid(child, Some(WaitPidFlag::WNOHANG))? {
            WaitStatus::StillAlive if time_is_over => return Ok(None),
            WaitStatus::StillAlive => sleep(Duration::from_millis(2)),
            status => return Ok(Some(status)),
        }
    }
}
