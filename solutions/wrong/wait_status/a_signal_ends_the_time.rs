//! A signal cuts the sleep short, and that is taken for the end of the time.
//!
//! base: even_pauses
//! verdict: check failed
//! check: signals_do_not_move_the_limit
//! says: wait_at_most returned after

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
    let time =
        libc::timespec { tv_sec: limit.as_secs() as i64, tv_nsec: limit.subsec_nanos() as i64 };
    unsafe { libc::nanosleep(&time, std::ptr::null_mut()) };
    match waitpid(child, Some(WaitPidFlag::WNOHANG))? {
        WaitStatus::StillAlive => Ok(None),
        status => Ok(Some(status)),
    }
}
