//! The C library's functions, and a fixed number of places for children, each free or taken. A task
//! that failed is run again at once, in its own place.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::Signal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded { attempt: u32 },
    Failed { status: i32 },
    Killed { signal: Signal },
}

#[derive(Clone, Copy)]
struct Child {
    pid: i32,
    task: usize,
    attempt: u32,
}

pub fn run_tasks(
    tasks: usize,
    at_once: usize,
    attempts: u32,
    work: impl Fn(usize, u32) -> u8,
) -> nix::Result<Vec<Outcome>> {
    let mut places: Vec<Option<Child>> = vec![None; at_once.min(tasks)];
    let mut outcomes: Vec<Option<Outcome>> = vec![None; tasks];
    let mut next = 0;
    let mut error = None;
    loop {
        for place in 0..places.len() {
            if error.is_some() || places[place].is_some() || next == tasks {
                continue;
            }
            match start(next, 1, &work) {
                Ok(child) => places[place] = Some(child),
                Err(errno) => error = Some(errno),
            }
            next += 1;
        }
        if places.iter().all(Option::is_none) {
            break;
        }
        let mut status = 0;
        // SAFETY: `status` lives until the call has returned.
        let pid = unsafe { libc::wait(&mut status) };
        if pid == -1 {
            match Errno::last() {
                Errno::EINTR => continue,
                errno => return Err(errno),
            }
        }
        let ended = |child: &Option<Child>| child.is_some_and(|child| child.pid == pid);
        let Some(place) = places.iter().position(ended) else { continue };
        let Some(Child { task, attempt, .. }) = places[place].take() else { continue };
        let outcome = outcome(status, attempt);
        let again = !matches!(outcome, Outcome::Succeeded { .. }) && attempt < attempts;
        if !again {
            outcomes[task] = Some(outcome);
        } else if error.is_none() {
            match start(task, attempt + 1, &work) {
                Ok(child) => places[place] = Some(child),
                Err(errno) => error = Some(errno),
            }
        }
    }
    error.map_or_else(|| Ok(outcomes.into_iter().flatten().collect()), Err)
}

fn start(task: usize, attempt: u32, work: &impl Fn(usize, u32) -> u8) -> nix::Result<Child> {
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { libc::fork() } {
        -1 => Err(Errno::last()),
        0 => {
            exit(catch_unwind(AssertUnwindSafe(|| work(task, attempt))).unwrap_or(101).into())
        }
        pid => Ok(Child { pid, task, attempt }),
    }
}

fn outcome(status: i32, attempt: u32) -> Outcome {
    if libc::WIFSIGNALED(status) {
        let signal = Signal::try_from(libc::WTERMSIG(status)).expect("a signal that there is");
        return Outcome::Killed { signal };
    }
    match libc::WEXITSTATUS(status) {
        0 => Outcome::Succeeded { attempt },
        status => Outcome::Failed { status },
    }
}
