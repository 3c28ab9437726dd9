//! # many_forks: many children at once
//!
//! Write a function that runs a number of children at the same time, and tells which of them ended
//! how, in the order in which they end, as far as that can be known.
//!
//! * There are `count` children, with the numbers 0 to `count - 1`. Child `number` calls
//!   `work(number)` and ends with the exit status that it returns; if the work panics, with 101.
//! * They all run at the same time: a child may wait for what another one does.
//! * The result has a pair for each child, its number and its `WaitStatus`, in the order in which
//!   `wait` reports them: a child that ends while the others run comes next, whatever its number.
//!   (Of children that have ended before you ask, `wait` does not tell which was first. Linux gives
//!   the one that was forked first.) So wait for *any* child, and remember which PID has which
//!   number.
//! * The caller may have other children. They have no number, and you must not wait until they have
//!   ended. If `wait` gives you one that has ended already, you may drop its status.
//! * `count` may be 0: nothing is forked then, and the result is empty.
//! * Text that was printed without a newline is still in a buffer of this process when you
//!   fork. It must come out once, and what the work prints, too.
//! * If a fork fails, fork no more. The children that there are come to the end of their work; wait
//!   for them, and then return the error.
//!
//! ```text
//! run_children(3, |number| number as u8 + 10)
//! // Ok([(2, Exited(Pid(4713), 12)), (0, Exited(Pid(4711), 10)), (1, Exited(Pid(4712), 11))])
//! ```
//!
//! The function may be called only in a process with one thread, because a child has a copy of the
//! calling thread alone. The checks see to that; a library would make it an `unsafe fn`. Signal
//! handlers, which can interrupt a wait, come later, in `wait_status`.

use std::collections::HashMap;
use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, Pid, fork};

/// Runs `count` children at the same time, and returns each one's number and how it ended, in the
/// order in which `wait` reports them.
///
/// # Errors
///
/// The system's reason why it did not fork, or did not wait.
pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    todo!("fork {count} children; when all run, wait for any child until all have ended")
}
