//! # many_forks: many children at once
//!
//! Write a function that runs several children at the same time. It reports how each child ended,
//! in the order in which the children end, as far as that order can be known.
//!
//! * There are `count` children, numbered 0 to `count - 1`. Child `number` calls `work(number)` and
//!   exits with the status that `work` returns, or with 101 if `work` panics.
//! * All children run at the same time, because a child may wait for something that another child
//!   does.
//! * The result contains a pair for each child: its number and its `WaitStatus`. The pairs are in
//!   the order in which `wait` reports the children: a child that ends while the others still run
//!   comes next, whatever its number. (If several children have ended before you call `wait`, you
//!   cannot find out which of them ended first; Linux reports the one that was forked first.) So
//!   wait for *any* child, and remember which PID has which number.
//! * The caller may have other children. They have no number, and your function must not wait for
//!   them to end. If `wait` happens to report one of them, you may discard its status.
//! * If `count` is 0, fork no child and return an empty result.
//! * Text that was printed without a newline before the call is still in a buffer of this process
//!   when you fork. It must appear exactly once in the output. Text that `work` prints must also
//!   appear.
//! * If a fork fails, do not fork again. Let the children that are already running finish their
//!   work, and wait for them. Then return the error.
//!
//! ```text
//! run_children(3, |number| number as u8 + 10)
//! // Ok([(2, Exited(Pid(4713), 12)), (0, Exited(Pid(4711), 10)), (1, Exited(Pid(4712), 11))])
//! ```
//!
//! The function may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds; a library would make the function
//! an `unsafe fn`. Signal handlers can interrupt a wait, but you need not consider them until
//! `wait_status`.

use std::collections::HashMap;
use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, Pid, fork};

/// Runs `count` children at the same time, and returns each child's number and how it ended, in the
/// order in which `wait` reports the children.
///
/// # Errors
///
/// Fails if a fork or a wait fails.
pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    todo!("fork {count} children; when all of them run, wait for any child until all have ended")
}
