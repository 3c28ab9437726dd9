//! A child is waited for before the next one is forked, however many may run at once.
//!
//! verdict: deadlock
//! check: three_run_at_once_and_never_four

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
    let mut outcomes = Vec::new();
    for task in 0..tasks {
        let mut attempt = 1;
        loop {
            let child = start(|| work(task, attempt))?;
            match outcome(waitpid(child, None)?, attempt) {
                Outcome::Failed { .. } | Outcome::Killed { .. } if attempt < attempts => {
                    attempt += 1;
                }
                outcome => break outcomes.push(outcome),
            }
        }
    }
    Ok(outcomes)
}

fn outcome(status: WaitStatus, attempt: u32) -> Outcome {
    match status {
        WaitStatus::Exited(_, 0) => Outcome::Succeeded { attempt },
        WaitStatus::Exited(_, status) => Outcome::Failed { status },
        WaitStatus::Signaled(_, signal, _) => Outcome::Killed { signal },
        other => unreachable!("wait tells nothing else without being asked: {other:?}"),
    }
}

fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into())
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
