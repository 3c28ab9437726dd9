//! rerun_failed: tasks that may fail.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, wait, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// What became of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This attempt ended with exit status 0, and none before it.
    Succeeded {
        /// Counted from 1.
        attempt: u32,
    },
    /// All attempts failed. The last one ended with this exit status.
    Failed {
        /// Not 0.
        status: i32,
    },
    /// All attempts failed. The last one was ended by this signal.
    Killed {
        /// Such as SIGKILL.
        signal: Signal,
    },
}

/// The number of a task, and that of the attempt at it.
type Attempt = (usize, u32);

/// Runs `tasks` tasks, each in a child, at most `at_once` at the same time and at most `attempts`
/// times each, and returns what became of them, in the order of their numbers.
///
/// # Errors
///
/// The system's reason why it did not fork, or did not wait.
pub fn run_tasks(
    tasks: usize,
    at_once: usize,
    attempts: u32,
    work: impl Fn(usize, u32) -> u8,
) -> nix::Result<Vec<Outcome>> {
    // An attempt is to do, then it runs, and then the task has an outcome or is to do once more.
    // No task can have more than `attempts` of them, so this comes to an end.
    let mut to_do: VecDeque<Attempt> = (0..tasks).map(|task| (task, 1)).collect();
    let mut running: HashMap<Pid, Attempt> = HashMap::new();
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    loop {
        while running.len() < at_once
            && let Some((task, attempt)) = to_do.pop_front()
        {
            match start(|| work(task, attempt)) {
                Ok(child) => running.insert(child, (task, attempt)),
                Err(error) => return Err(after_all(&running, error)),
            };
        }
        if running.is_empty() {
            return Ok(outcomes.into_values().collect());
        }
        let status = wait()?;
        // A PID that is not in the map is a child that the caller had before.
        let ended = status.pid().and_then(|pid| running.remove(&pid));
        let Some((task, attempt)) = ended else { continue };
        match outcome(status, attempt) {
            Outcome::Failed { .. } | Outcome::Killed { .. } if attempt < attempts => {
                to_do.push_back((task, attempt + 1)); // at the end: the others come first
            }
            outcome => {
                outcomes.insert(task, outcome);
            }
        }
    }
}

/// What became of the task if there is no further attempt.
fn outcome(status: WaitStatus, attempt: u32) -> Outcome {
    match status {
        WaitStatus::Exited(_, 0) => Outcome::Succeeded { attempt },
        WaitStatus::Exited(_, status) => Outcome::Failed { status },
        WaitStatus::Signaled(_, signal, _) => Outcome::Killed { signal },
        other => unreachable!("wait tells nothing else without being asked: {other:?}"),
    }
}

/// The error, after all children that still run have come to their end.
fn after_all(running: &HashMap<Pid, Attempt>, error: Errno) -> Errno {
    for child in running.keys() {
        let _ = waitpid(*child, None); // the first error is the one to tell
    }
    error
}

/// Forks a child that does `work` and ends, and returns its PID.
fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    // SAFETY: the caller has one thread, so no lock is held by a thread that the child lacks.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into())
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
