//! What the workers do.

use std::process;
use std::thread;
use std::time::Duration;

/// How many milliseconds a job takes.
pub(crate) type Job = u64;

/// The PID of the worker that did it.
pub(crate) type Done = u32;

/// Stands for work of a known length.
#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
pub(crate) fn run(milliseconds: Job) -> Done {
    thread::sleep(Duration::from_millis(milliseconds));
    process::id()
}
