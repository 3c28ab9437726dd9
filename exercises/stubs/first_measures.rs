//! # first_measures: one idea at a time
//!
//! Write three small functions, each in about five minutes. Check one step before you go on to the
//! next:
//!
//! ```text
//! cargo test -p exercises first_measures::step_1
//! ```
//!
//! **Step 1.** `cost_of(work)` calls `work` in a child and returns two times: how long the caller
//! had to wait (wall time), and how long the child ran on a core, in its own code and in the kernel
//! (processor time). When the parent waits for the child, the kernel adds the child's processor
//! time to a total that it keeps for the parent. This total also includes all earlier children.
//!
//! **Step 2.** `state_of(process)` returns the letter that stands for a process's state, such as
//! `'S'` for sleeping. The letter is the first field after the name in `/proc/PID/stat`. The name
//! is in parentheses, but it may itself contain spaces, parentheses and bytes that are not valid
//! UTF-8, because a process can choose its name freely. If there is no such process, return the
//! error.
//!
//! **Step 3.** `living_children(parent)` counts the children of the given process that have not
//! ended. Each process has a folder in `/proc` whose name is its PID, and the field after the state
//! in `stat` is the PID of its parent. A zombie has ended, but a stopped process has not. A process
//! may disappear while your function is reading `/proc`, so skip processes whose files it cannot
//! read.
//!
//! The child of step 1 ends inside your function and never returns from it. If the fork or the wait
//! fails, return the error. In this exercise `work` does not panic.
//!
//! Only Linux has these files in `/proc`. On other systems, steps 2 and 3 compile but are not
//! checked.
//!
//! The function of step 1 may be called only in a process with one thread, because a fork copies
//! only the calling thread. The checks ensure that this condition holds.

use std::fs;
use std::io;
use std::process::exit;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// The time that a child took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From before the fork until the wait for the child returned, by a clock.
    pub wall: Duration,
    /// Time on a core: the sum of user time and system time.
    pub processor: Duration,
}

/// Step 1: calls `work` in a child, and measures how long it takes.
///
/// # Errors
///
/// Fails if the fork or the wait fails.
pub fn cost_of(work: impl FnOnce()) -> nix::Result<Cost> {
    todo!("read the clock and the children's total, before the fork and after the wait")
}

/// Given: converts the kernel's `TimeVal` to a `Duration`. Two `TimeVal`s can be added.
pub fn duration(time: TimeVal) -> Duration {
    Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000)
}

/// Step 2: the letter that stands for the state of `process`.
///
/// # Errors
///
/// Fails if there is no such process.
pub fn state_of(process: Pid) -> io::Result<char> {
    todo!("read /proc/{process}/stat, and return the first letter after the name")
}

/// Step 3: the number of children of `parent` that have not ended.
///
/// # Errors
///
/// Fails if `/proc` cannot be read.
pub fn living_children(parent: Pid) -> io::Result<usize> {
    todo!("go through /proc, and count the processes whose parent is {parent}")
}
