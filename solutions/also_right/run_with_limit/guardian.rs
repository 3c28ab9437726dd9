//! A child in between is the subreaper, runs the program, ends the tree, and passes the status on:
//! the caller's process stays as it is.
//!
//! only: linux

use std::io::{self, Read, Write, pipe};
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

pub const GRACE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: WaitStatus,
    pub timed_out: bool,
}

pub fn run_with_limit(command: &[&str], limit: Duration) -> io::Result<Outcome> {
    let (mut reader, mut writer) = pipe()?;
    match unsafe { fork() }? {
        ForkResult::Child => {
            if let Ok((raw, timed_out)) = guard(command, limit) {
                let _ = writer.write_all(&[raw, i32::from(timed_out)].map(i32::to_ne_bytes).concat());
            }
            exit(0)
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let mut bytes = [0; 8];
            let read = reader.read_exact(&mut bytes);
            while waitpid(child, None) == Err(Errno::EINTR) {}
            read?;
            let raw = i32::from_ne_bytes(bytes[..4].try_into().unwrap());
            let status = WaitStatus::from_raw(child, raw)?;
            Ok(Outcome { status, timed_out: bytes[4] != 0 })
        }
    }
}

/// All children of this process belong to the tree.
fn guard(command: &[&str], limit: Duration) -> io::Result<(i32, bool)> {
    set_child_subreaper(true)?;
    let child = Command::new(command[0]).args(&command[1..]).process_group(0).spawn()?;
    let first = child.id() as i32;
    let mut raw = None;
    wait_until(limit, || {
        raw = raw.or_else(|| ended(first));
        raw.is_some()
    });
    let timed_out = raw.is_none();
    tell(Signal::SIGTERM);
    let mut signal_again = false;
    loop {
        let all_gone = wait_until(if signal_again { Duration::from_millis(5) } else { GRACE }, || {
            raw = raw.or_else(|| ended(first));
            if raw.is_some() {
                while ended(-1).is_some() {}
            }
            children(getpid()).is_empty()
        });
        if all_gone {
            break;
        }
        signal_again = true;
        tell(Signal::SIGKILL);
    }
    Ok((raw.unwrap_or(0), timed_out))
}

fn ended(pid: i32) -> Option<i32> {
    let mut raw = 0;
    let got = unsafe { libc::waitpid(pid, &mut raw, libc::WNOHANG) };
    (got > 0).then_some(raw)
}

fn wait_until(limit: Duration, mut is_over: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !is_over() {
        if start.elapsed() >= limit {
            return false;
        }
        sleep(Duration::from_millis(5));
    }
    true
}

fn tell(signal: Signal) {
    let mut all = children(getpid());
    let mut next = 0;
    while next < all.len() {
        all.extend(children(all[next]));
        next += 1;
    }
    for pid in all {
        let _ = kill(pid, signal);
    }
}

fn children(of: Pid) -> Vec<Pid> {
    let list = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    list.split_whitespace().map(|pid| Pid::from_raw(pid.parse().unwrap())).collect()
}
