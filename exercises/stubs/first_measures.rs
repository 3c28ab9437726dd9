//! # first_measures: one idea at a time
//!
//! Three small functions, each of five minutes. Check one step, then go on to the next:
//!
//! ```text
//! cargo test -p exercises first_measures::step_1
//! ```
//!
//! **Step 1.** `cost_of(work)` calls `work` in a child and returns two times: how long the caller had to
//! wait (wall time), and how long the child was on a core, in its own code and in the kernel
//! (processor time). The kernel adds the processor time of a child to an account of its parent's when
//! the parent waits for the child. That account also has all children before.
//!
//! **Step 2.** `state_of(process)` returns the letter of the state that the process is in, such as
//! `'S'` for sleeping. It is the first field behind the name in `/proc/PID/stat`. The name stands in
//! parentheses, and a process can choose it freely: it may hold spaces and parentheses itself. If
//! there is no such process, return the error.
//!
//! **Step 3.** `living_children(parent)` counts the children of this process that have not ended. Each
//! process has a folder in `/proc` whose name is its PID, and the field behind the state in `stat` is
//! the PID of its parent. A zombie has ended, and a stopped process has not. A process may vanish
//! while you look; leave out what you cannot read.
//!
//! The child of step 1 ends inside your function and never returns from it. If the fork or the wait
//! fails, return the error. The work does not panic here.
//!
//! Only Linux has these files in `/proc`. On other systems, steps 2 and 3 compile and are not checked.
//!
//! Step 1 may be called only in a process with one thread, because a child has a copy of the calling
//! thread alone. The checks see to that.

use std::fs;
use std::io;
use std::process::exit;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// What a child took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From before the fork until the child had been waited for, by a clock.
    pub wall: Duration,
    /// Time on a core: user time and system time together.
    pub processor: Duration,
}

/// Step 1: calls `work` in a child, and measures it.
///
/// # Errors
///
/// The system's reason why it did not fork, or did not wait.
pub fn cost_of(work: impl FnOnce()) -> nix::Result<Cost> {
    todo!("look at the clock and the account of the children, before the fork and after the wait")
}

/// Given: a time of the kernel's as a `Duration`. Two `TimeVal`s can be added.
pub fn duration(time: TimeVal) -> Duration {
    Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000)
}

/// Step 2: the letter of the state of `process`.
///
/// # Errors
///
/// There is no such process.
pub fn state_of(process: Pid) -> io::Result<char> {
    todo!("read /proc/{process}/stat, and take the first letter behind the name")
}

/// Step 3: how many children of `parent` have not ended.
///
/// # Errors
///
/// `/proc` cannot be read.
pub fn living_children(parent: Pid) -> io::Result<usize> {
    todo!("go through /proc, and count the processes whose parent is {parent}")
}
