//! A thread waits for the child, and goes on waiting when the time is over.
//!
//! base: even_pauses
//! verdict: check failed or state not restored
//! check: it_waits_for_this_child_and_no_other or the_limit_is_kept or signals_do_not_move_the_limit or after_the_limit_nothing_goes_on_waiting

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
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(wait_for(child)));
    receiver.recv_timeout(limit).ok().transpose()
}
