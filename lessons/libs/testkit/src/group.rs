//! The process group of one run: waiting for its first process, then for what it left behind.

use std::process::{Child, ExitStatus};
use std::sync::Once;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use crate::{DEADLINE, Finished};

/// How long a process may outlive the lesson before it counts as a survivor. One that got the
/// same signal as the lesson ends a moment later; one that sleeps does not.
const MOMENT: Duration = Duration::from_secs(2);

/// Makes this process the parent of every orphan among its descendants, and gives Ctrl-C its
/// default action, which they inherit.
pub(crate) fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        procinfo::default_terminal_signals().expect("BUG: these signals have a default action");
        procinfo::become_subreaper().expect("BUG: prctl refuses a plain flag");
    });
}

/// The group of a child that was started with `process_group(0)`.
pub(crate) fn group_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().expect("BUG: a PID is positive and fits"))
}

/// Waits for the lesson and collects what there is to know.
pub(crate) fn finish(
    mut child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
    copy: Option<tempfile::TempDir>,
) -> Finished {
    let group = group_of(&child);
    let status = wait_at_most(&mut child, DEADLINE);
    let (not_waited_for, survivors) = reap(group);
    drop(copy);
    let (stdout, stderr) = (text_of(stdout), text_of(stderr));
    let status = status.unwrap_or_else(|| {
        panic!("not over after {DEADLINE:?}; it had printed:\n{stdout}{stderr}");
    });
    Finished { status, stdout, stderr, not_waited_for, survivors }
}

fn text_of(reader: JoinHandle<String>) -> String {
    reader.join().expect("the thread that reads a pipe")
}

/// The child's status, or `None` and the whole group killed when it takes too long.
fn wait_at_most(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait().expect("waiting for the lesson") {
            return Some(status);
        }
        pause();
    }
    let _ = killpg(group_of(child), Signal::SIGKILL);
    child.wait().expect("waiting for the lesson");
    None
}

/// Reaps all that is left of `group`. What has not ended after a moment is named and killed.
#[cfg(target_os = "linux")]
fn reap(group: Pid) -> (Vec<WaitStatus>, Vec<String>) {
    use nix::errno::Errno;
    use nix::sys::wait::{WaitPidFlag, waitpid};

    let (mut ended, mut survivors) = (Vec::new(), Vec::new());
    let start = Instant::now();
    let any_of_group = Pid::from_raw(-group.as_raw());
    loop {
        match waitpid(any_of_group, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::ECHILD) => return (ended, survivors),
            Err(errno) => panic!("waiting for what the lesson left behind: {errno}"),
            Ok(WaitStatus::StillAlive) if survivors.is_empty() && start.elapsed() > MOMENT => {
                survivors = members(group).map(|member| description(&member)).collect();
                let _ = killpg(group, Signal::SIGKILL);
            }
            Ok(WaitStatus::StillAlive) => pause(),
            Ok(status) if survivors.is_empty() => ended.push(status),
            Ok(_killed_by_us) => {}
        }
    }
}

/// Without a subreaper nothing is adopted; all that can be seen is whether the group lives on.
#[cfg(not(target_os = "linux"))]
fn reap(group: Pid) -> (Vec<WaitStatus>, Vec<String>) {
    let start = Instant::now();
    while killpg(group, None).is_ok() {
        if start.elapsed() > MOMENT {
            let _ = killpg(group, Signal::SIGKILL);
            return (Vec::new(), vec![format!("process group {group}")]);
        }
        pause();
    }
    (Vec::new(), Vec::new())
}

/// Every process of `group`, and below its first process those that have groups of their own, as
/// the workers of a pool have; zombies among them.
#[cfg(target_os = "linux")]
pub(crate) fn members(group: Pid) -> impl Iterator<Item = procinfo::Stat> {
    const MOST: usize = 10_000;
    let below = procinfo::descendants(group, MOST).unwrap_or_default();
    let all = procinfo::processes().unwrap_or_default();
    all.into_iter().filter(move |process| process.group == group || below.contains(&process.pid))
}

/// PID, state and command line.
#[cfg(target_os = "linux")]
fn description(process: &procinfo::Stat) -> String {
    let words = procinfo::command_line(process.pid).unwrap_or_default();
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    format!("{} {} {}", process.pid, process.state, words.join(" "))
}

#[expect(clippy::disallowed_methods, reason = "asks again in a while; no order depends on it")]
fn pause() {
    thread::sleep(Duration::from_millis(1));
}
