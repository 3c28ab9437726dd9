//! The end of the program is waited for by `poll` on a pidfd, which needs no pauses.
//!
//! only: linux

use std::io;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

pub const GRACE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: WaitStatus,
    pub timed_out: bool,
}

pub fn run_with_limit(command: &[&str], limit: Duration) -> io::Result<Outcome> {
    let strangers = children(getpid());
    let was = prctl::get_child_subreaper()?;
    prctl::set_child_subreaper(true)?;
    let child = Command::new(command[0]).args(&command[1..]).process_group(0).spawn();
    let outcome = child.and_then(|child| {
        let first = Pid::from_raw(child.id() as i32);
        let timed_out = !ends_within(first, limit)?;
        let status = end_all(first, &strangers)?;
        Ok(Outcome { status, timed_out })
    });
    prctl::set_child_subreaper(was)?;
    outcome
}

/// It stays a zombie.
fn ends_within(child: Pid, limit: Duration) -> io::Result<bool> {
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
    let fd = unsafe { OwnedFd::from_raw_fd(Errno::result(fd)? as i32) };
    let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
    Ok(poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], limit)? > 0)
}

fn end_all(first: Pid, strangers: &[Pid]) -> io::Result<WaitStatus> {
    let start = Instant::now();
    let mut status = None;
    let mut signal = Some(Signal::SIGTERM);
    loop {
        let mut all = children(getpid());
        all.retain(|pid| !strangers.contains(pid));
        for child in &all {
            let ended = waitpid(*child, Some(WaitPidFlag::WNOHANG))?;
            if child == &first && ended != WaitStatus::StillAlive {
                status = Some(ended);
            }
        }
        let mut all = children(getpid());
        all.retain(|pid| !strangers.contains(pid));
        if all.is_empty() {
            return Ok(status.ok_or(Errno::ECHILD)?);
        }
        let mut next = 0;
        while next < all.len() {
            all.extend(children(all[next]));
            next += 1;
        }
        if let Some(signal) = signal.take() {
            all.iter().for_each(|pid| { let _ = kill(*pid, signal); });
        }
        if start.elapsed() >= GRACE {
            signal = Some(Signal::SIGKILL);
        }
        sleep(Duration::from_millis(5));
    }
}

fn children(of: Pid) -> Vec<Pid> {
    let list = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    list.split_whitespace().map(|pid| Pid::from_raw(pid.parse().unwrap())).collect()
}
