//! # rerun_failed: tasks that may fail
//!
//! Write a function that runs many tasks in children, only some at a time, and runs again what
//! failed.
//!
//! * There are `tasks` tasks, with the numbers 0 to `tasks - 1`, and they are begun in this order.
//!   A child calls `work(task, attempt)` and ends with the exit status that it returns; if the work
//!   panics, with 101. The first attempt at a task has the number 1.
//! * At most `at_once` children run at the same time; as many as that, as long as there are tasks.
//!   When a child ends, the next one can begin: a slow task must not hold up the others, nor the
//!   reruns of others.
//! * Exit status 0 is success. Everything else is a failure, also the end by a signal. A task that
//!   failed is run again, each time in a new child, until it succeeds or has had `attempts`
//!   attempts. Whether it is run again at once or after other tasks that are still to do is up to
//!   you.
//! * The result has an [`Outcome`] for each task, in the order of their numbers.
//! * `at_once` and `attempts` are at least 1, and may be larger than anything; `tasks` may be 0.
//! * A signal may interrupt a wait, which then fails with `EINTR`: no child has ended; wait again.
//! * The caller may have other children. They are no tasks, and you must not wait until they have
//!   ended. If `wait` gives you one that has ended already, you may drop its status.
//! * If a fork fails, fork no more. The children that there are come to the end of their work; wait
//!   for them, and then return the error.
//!
//! ```text
//! run_tasks(2, 2, 5, |task, attempt| if task == 1 && attempt < 3 { 4 } else { 0 })
//! // Ok([Succeeded { attempt: 1 }, Succeeded { attempt: 3 }])
//! ```
//!
//! The function may be called only in a process with one thread, because a child has a copy of the
//! calling thread alone. The checks see to that; a library would make it an `unsafe fn`.

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
    todo!(
        "run {tasks} tasks, {at_once} at once; wait for any; if it failed, up to {attempts} times"
    )
}
