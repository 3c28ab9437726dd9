//! Each task has a state, and the loop looks for one that can be moved on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded { attempt: u32 },
    Failed { status: i32 },
    Killed { signal: Signal },
}

enum State {
    ToDo { attempt: u32 },
    Running { attempt: u32, child: Pid },
    Finished(Outcome),
}

pub fn run_tasks(
    tasks: usize,
    at_once: usize,
    attempts: u32,
    work: impl Fn(usize, u32) -> u8,
) -> nix::Result<Vec<Outcome>> {
    let mut states: Vec<State> = (0..tasks).map(|_| State::ToDo { attempt: 1 }).collect();
    let mut begun = Ok(());
    loop {
        let running =
            states.iter().filter(|state| matches!(state, State::Running { .. })).count();
        let next = states.iter().position(|state| matches!(state, State::ToDo { .. }));
        match next.filter(|_| running < at_once && begun.is_ok()) {
            Some(task) => begun = begin(&mut states[task], |attempt| work(task, attempt)),
            None if running > 0 => end_of_one(&mut states, attempts)?,
            None => break,
        }
    }
    begun?;
    let outcome = |state| match state {
        State::Finished(outcome) => outcome,
        _ => unreachable!("nothing is left to do, and nothing runs"),
    };
    Ok(states.into_iter().map(outcome).collect())
}

fn begin(state: &mut State, work: impl FnOnce(u32) -> u8) -> nix::Result<()> {
    let State::ToDo { attempt } = *state else { return Ok(()) };
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => *state = State::Running { attempt, child },
        ForkResult::Child => {
            exit(catch_unwind(AssertUnwindSafe(|| work(attempt))).unwrap_or(101).into())
        }
    }
    Ok(())
}

fn end_of_one(states: &mut [State], attempts: u32) -> nix::Result<()> {
    let status = match waitid(Id::All, WaitPidFlag::WEXITED) {
        Err(Errno::EINTR) => return Ok(()),
        status => status?,
    };
    for state in states {
        let State::Running { attempt, child } = *state else { continue };
        if status.pid() == Some(child) {
            *state = match status {
                WaitStatus::Exited(_, 0) => State::Finished(Outcome::Succeeded { attempt }),
                _ if attempt < attempts => State::ToDo { attempt: attempt + 1 },
                WaitStatus::Exited(_, status) => State::Finished(Outcome::Failed { status }),
                WaitStatus::Signaled(_, signal, _) => State::Finished(Outcome::Killed { signal }),
                other => unreachable!("not asked for: {other:?}"),
            };
        }
    }
    Ok(())
}
