//! The children ignore Ctrl-C.
//!
//! base: reference
//! verdict: check failed
//! check: a_second_call_is_like_the_first

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, wait, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// The outcome of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This attempt was the first that ended with exit status 0.
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

/// Runs `tasks` tasks, each in a child, at most `at_once` at the same time and at most `attempts`
/// times each, and returns their outcomes in the order of the task numbers.
///
/// # Errors
///
/// Fails if a fork or a wait fails.
pub fn run_tasks(
    tasks: usize,
    at_once: usize,
    attempts: u32,
    work: impl Fn(usize, u32) -> u8,
) -> nix::Result<Vec<Outcome>> {
    let mut all = Tasks {
        to_do: (0..tasks).map(|task| (task, 1)).collect(),
        running: HashMap::new(),
        finished: BTreeMap::new(),
    };
    // Each iteration reaps one child, and a task has at most `attempts` of them, so the loop ends.
    loop {
        if let Err(error) = all.begin(at_once, &work) {
            all.wait_for_the_rest();
            return Err(error);
        }
        if all.running.is_empty() {
            return Ok(all.finished.into_values().collect());
        }
        all.wait_for_one(attempts)?;
    }
}

/// The number of a task, and the number of the attempt.
type Attempt = (usize, u32);

/// Every task is in one of these places.
struct Tasks {
    to_do: VecDeque<Attempt>,
    running: HashMap<Pid, Attempt>,
    finished: BTreeMap<usize, Outcome>, // in the order of the tasks
}

impl Tasks {
    /// Forks while attempts are pending and fewer than `at_once` children run.
    fn begin(&mut self, at_once: usize, work: impl Fn(usize, u32) -> u8) -> nix::Result<()> {
        while self.running.len() < at_once
            && let Some((task, attempt)) = self.to_do.pop_front()
        {
            let child = start(|| work(task, attempt))?;
            self.running.insert(child, (task, attempt));
        }
        Ok(())
    }

    /// Waits for the next child to end, whichever it is.
    fn wait_for_one(&mut self, attempts: u32) -> nix::Result<()> {
        let status = match wait() {
            Err(Errno::EINTR) => return Ok(()), // a signal; the caller's loop calls this again
            result => result?,
        };
        let ended = status.pid().and_then(|pid| self.running.remove(&pid));
        let Some((task, attempt)) = ended else {
            return Ok(()); // a child of the caller
        };
        match outcome(status, attempt) {
            Outcome::Failed { .. } | Outcome::Killed { .. } if attempt < attempts => {
                self.to_do.push_back((task, attempt + 1)); // at the end, after the other tasks
            }
            outcome => {
                self.finished.insert(task, outcome);
            }
        }
        Ok(())
    }

    /// Called after an error. That error is returned, even if a wait fails here.
    fn wait_for_the_rest(&self) {
        for child in self.running.keys() {
            while waitpid(*child, None) == Err(Errno::EINTR) {}
        }
    }
}

/// The outcome of the task if there is no further attempt.
fn outcome(status: WaitStatus, attempt: u32) -> Outcome {
    match status {
        WaitStatus::Exited(_, 0) => Outcome::Succeeded { attempt },
        WaitStatus::Exited(_, status) => Outcome::Failed { status },
        WaitStatus::Signaled(_, signal, _) => Outcome::Killed { signal },
        other => unreachable!("BUG: wait without options reports only ends, not {other:?}"),
    }
}

/// Forks a child that does `work` and ends, and returns its PID.
fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            // SAFETY: no handler of this program is replaced.
            unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into())
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
