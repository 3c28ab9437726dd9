//! # rerun_failed: tasks that may fail
//!
//! Write a function that runs many tasks in children, only a few at a time, and runs the failed
//! tasks again.
//!
//! * There are `tasks` tasks, numbered 0 to `tasks - 1`, and they begin in this order. A child
//!   calls `work(task, attempt)` and exits with the status that `work` returns, or with 101 if
//!   `work` panics. Attempts are counted from 1.
//! * At most `at_once` children run at the same time, and no fewer than that while there are enough
//!   tasks. When a child ends, the next one can begin: a slow task must not delay other tasks or
//!   their reruns.
//! * Exit status 0 is success. Everything else is a failure, including an end by a signal. A task
//!   that failed is run again, each time in a new child, until it succeeds or has had `attempts`
//!   attempts. You may run it again at once, or after other pending tasks.
//! * The result has an [`Outcome`] for each task, in the order of the task numbers.
//! * `at_once` and `attempts` are at least 1, and may be very large; `tasks` may be 0.
//! * A signal may interrupt a wait, which then fails with `EINTR`. In that case no child has ended,
//!   so wait again. (The checks also accept an `EINTR` error, although the caller can do little
//!   with it.)
//! * The caller may have other children. They are not tasks, and your function must not wait for
//!   them to end. If `wait` happens to report one of them, you may discard its status.
//! * If a fork fails, do not fork again. Let the children that are already running finish their
//!   work, and wait for them. Then return the error.
//!
//! ```text
//! run_tasks(2, 2, 5, |task, attempt| if task == 1 && attempt < 3 { 4 } else { 0 })
//! // Ok([Succeeded { attempt: 1 }, Succeeded { attempt: 3 }])
//! ```
//!
//! The function may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds; a library would make the function
//! an `unsafe fn`.

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
    todo!("run {tasks} tasks, {at_once} at once; wait for any child; retry up to {attempts} times")
}
