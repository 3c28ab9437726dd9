//! Afterwards its signals are unblocked, even if the caller had blocked one of them.
//!
//! base: reference
//! verdict: check failed or state not restored
//! check: a_stop_is_not_an_end or a_signal_that_the_caller_blocks_stays_blocked

use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

/// The time between SIGTERM and SIGKILL.
pub const GRACE: Duration = Duration::from_millis(500);

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status of the program, not of the processes that it started.
    pub status: WaitStatus,
    /// Whether the program was still running when the limit expired.
    pub timed_out: bool,
}

/// Runs `command`. When `limit` expires, ends it and every process that it started.
///
/// # Errors
///
/// Fails if the program cannot be started or waited for.
pub fn run_with_limit(command: &[&str], limit: Duration) -> io::Result<Outcome> {
    let strangers = children_of(getpid()).into_iter().collect();
    let events = nix::sys::signal::SigSet::from(Signal::SIGCHLD);
    events.thread_block()?;
    let before = set_subreaper(true)?; // orphans of the tree become children of this process
    let outcome = run(command, limit, strangers);
    set_subreaper(before)?;
    events.thread_unblock()?;
    outcome
}

fn run(command: &[&str], limit: Duration, strangers: BTreeSet<Pid>) -> io::Result<Outcome> {
    let [program, arguments @ ..] = command else { return Err(Errno::EINVAL.into()) };
    let child = Command::new(program).args(arguments).process_group(0).spawn()?;
    let mut tree = Tree { first: Pid::from_raw(child.id().cast_signed()), strangers, status: None };
    let timed_out = !tree.wait_for_first(limit)?;
    tree.signal(Signal::SIGTERM);
    if !tree.wait_for_all(GRACE)? {
        while !tree.wait_for_all(PAUSE)? {
            tree.signal(Signal::SIGKILL); // again, for processes forked in the meantime
        }
    }
    match tree.status {
        Some(status) => Ok(Outcome { status, timed_out }),
        None => Err(Errno::ECHILD.into()),
    }
}

/// The pause between two checks whether a process has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// The program and all processes that it started.
struct Tree {
    first: Pid,
    strangers: BTreeSet<Pid>,
    status: Option<WaitStatus>,
}

impl Tree {
    /// Whether the program has ended within `limit`.
    fn wait_for_first(&mut self, limit: Duration) -> nix::Result<bool> {
        self.wait_until(limit, |tree| {
            tree.reap(tree.first)?;
            Ok(tree.status.is_some())
        })
    }

    /// Whether all have ended within `limit`. Reaps those that are children of this process, or
    /// that become its children because their parents end.
    fn wait_for_all(&mut self, limit: Duration) -> nix::Result<bool> {
        self.wait_until(limit, |tree| {
            for child in tree.children() {
                tree.reap(child)?;
            }
            Ok(tree.children().is_empty())
        })
    }

    fn wait_until(
        &mut self,
        limit: Duration,
        is_over: impl Fn(&mut Self) -> nix::Result<bool>,
    ) -> nix::Result<bool> {
        let start = Instant::now();
        while !is_over(self)? {
            let left = limit.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(false);
            }
            #[expect(clippy::disallowed_methods, reason = "the time is the subject")]
            sleep(PAUSE.min(left));
        }
        Ok(true)
    }

    fn reap(&mut self, child: Pid) -> nix::Result<()> {
        let status = waitpid(child, Some(WaitPidFlag::WNOHANG))?;
        if child == self.first && status != WaitStatus::StillAlive {
            self.status = Some(status);
        }
        Ok(())
    }

    /// The children of this process that belong to the tree.
    fn children(&self) -> Vec<Pid> {
        let mut children = children_of(getpid());
        children.retain(|child| !self.strangers.contains(child));
        children
    }

    /// Sends `signal` to every process of the tree. Ignores those that have already ended.
    fn signal(&self, signal: Signal) {
        if self.status.is_none() {
            let _ = killpg(self.first, signal); // all at once; the group still has this number
        }
        let mut tree = self.children();
        let mut next = 0;
        while let Some(process) = tree.get(next).copied() {
            tree.extend(children_of(process));
            next += 1;
        }
        for process in tree {
            let _ = kill(process, signal);
        }
    }
}

/// Empty on systems without `/proc`.
fn children_of(parent: Pid) -> Vec<Pid> {
    let list = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    let list = list.unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).map(Pid::from_raw).collect()
}

/// Returns the previous setting.
#[cfg(target_os = "linux")]
fn set_subreaper(wanted: bool) -> nix::Result<bool> {
    use nix::sys::prctl::{get_child_subreaper, set_child_subreaper};
    let before = get_child_subreaper()?;
    set_child_subreaper(wanted)?;
    Ok(before)
}

/// Other systems have no subreapers, so a process that leaves the group escapes.
#[cfg(not(target_os = "linux"))]
fn set_subreaper(_wanted: bool) -> nix::Result<bool> {
    Ok(false)
}
