//! It goes on until wait says that there is no child.
//!
//! base: loops
//! verdict: deadlock
//! check: a_child_of_the_caller_is_not_a_task
//! says: until there is no child left
//! says: has been reported

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, wait, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded { attempt: u32 },
    Failed { status: i32 },
    Killed { signal: Signal },
}

type Attempt = (usize, u32);

pub fn run_tasks(
    tasks: usize,
    at_once: usize,
    attempts: u32,
    work: impl Fn(usize, u32) -> u8,
) -> nix::Result<Vec<Outcome>> {
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
        let status = match wait() {
            Err(Errno::EINTR) => continue,
            Err(_) => return Ok(outcomes.into_values().collect()),
            Ok(status) => status,
        };
        let ended = status.pid().and_then(|pid| running.remove(&pid));
        let Some((task, attempt)) = ended else { continue };
        match outcome(status, attempt) {
            Outcome::Failed { .. } | Outcome::Killed { .. } if attempt < attempts => {
                to_do.push_back((task, attempt + 1));
            }
            outcome => {
                outcomes.insert(task, outcome);
            }
        }
    }
}

fn outcome(status: WaitStatus, attempt: u32) -> Outcome {
    match status {
        WaitStatus::Exited(_, 0) => Outcome::Succeeded { attempt },
        WaitStatus::Exited(_, status) => Outcome::Failed { status },
        WaitStatus::Signaled(_, signal, _) => Outcome::Killed { signal },
        other => unreachable!("wait tells nothing else without being asked: {other:?}"),
    }
}

fn after_all(running: &HashMap<Pid, Attempt>, error: Errno) -> Errno {
    for child in running.keys() {
        while waitpid(*child, None) == Err(Errno::EINTR) {}
    }
    error
}

fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into())
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
