//! Fork and exec by hand, and one loop with phases. All processes are looked at, by their parents.
//!
//! only: linux

use std::collections::HashMap;
use std::ffi::CString;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::prctl;
use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, execvp, fork, getpid, setpgid};

pub const GRACE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: WaitStatus,
    pub timed_out: bool,
}

pub fn run_with_limit(command: &[&str], limit: Duration) -> io::Result<Outcome> {
    let strangers = below(getpid());
    let was = prctl::get_child_subreaper()?;
    prctl::set_child_subreaper(true)?;
    let outcome = run(command, limit, &strangers);
    prctl::set_child_subreaper(was)?;
    outcome
}

fn run(command: &[&str], limit: Duration, strangers: &[Pid]) -> io::Result<Outcome> {
    let words: Vec<CString> = command.iter().map(|word| CString::new(*word).unwrap()).collect();
    let first = match unsafe { fork() }? {
        ForkResult::Child => {
            let _ = setpgid(Pid::from_raw(0), Pid::from_raw(0));
            let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
            let _ = execvp(&words[0], &words);
            unsafe { libc::_exit(127) }
        }
        ForkResult::Parent { child } => child,
    };
    let start = Instant::now();
    let mut status = None;
    let mut timed_out = false;
    let mut told: Option<Instant> = None;
    loop {
        let mut tree: Vec<Pid> =
            below(getpid()).into_iter().filter(|pid| !strangers.contains(pid)).collect();
        tree.sort(); // a parent before its children, or it may end by itself when they are gone
        if tree.is_empty()
            && let Some(status) = status
        {
            return Ok(Outcome { status, timed_out });
        }
        match told {
            None if status.is_some() || start.elapsed() >= limit => {
                timed_out = status.is_none();
                tree.iter().for_each(|pid| { let _ = kill(*pid, Signal::SIGTERM); });
                told = Some(Instant::now());
            }
            Some(told) if told.elapsed() >= GRACE => {
                tree.iter().for_each(|pid| { let _ = kill(*pid, Signal::SIGKILL); });
            }
            _ => {}
        }
        sleep(Duration::from_millis(10));
        for pid in tree {
            match waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => {}
                Err(error) if pid == first && status.is_none() => return Err(error.into()),
                Err(_) => {} // the child of another process
                Ok(ended) if pid == first => status = Some(ended),
                Ok(_) => {}
            }
        }
    }
}

/// All descendants.
fn below(root: Pid) -> Vec<Pid> {
    let mut parents = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        if let Some(parent) = rest.split_whitespace().nth(1).and_then(|word| word.parse().ok()) {
            parents.insert(Pid::from_raw(pid), Pid::from_raw(parent));
        }
    }
    let is_below = |pid: &Pid| {
        let mut at = *pid;
        for _ in 0..100 {
            let Some(parent) = parents.get(&at) else { return false };
            if *parent == root {
                return true;
            }
            at = *parent;
        }
        false
    };
    parents.keys().copied().filter(is_below).collect()
}
