//! When the first fork fails, it waits for any child.
//!
//! base: reference
//! verdict: deadlock
//! check: when_the_first_fork_fails_there_is_no_child
//! says: child of its own

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
    // The fork would copy text that is in the buffer now, and every process would write it.
    let _ = stdout().flush();
    let mut numbers = HashMap::new();
    let forked = (0..count).try_for_each(|number| {
        numbers.insert(start(|| work(number))?, number);
        Ok(())
    });
    // Even after a failed fork: the children forked before it must be waited for.
    if forked.is_err() && numbers.is_empty() {
        let _ = wait();
    }
    let ended = wait_for_all(numbers);
    forked.and(ended)
}

/// Forks a child that does `work` and ends, and returns its PID.
fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into()) // leaves the loop, and writes the buffered output of the work
        }
        ForkResult::Parent { child } => Ok(child),
    }
}

/// Each `wait` reaps one child, the next one to end.
fn wait_for_all(mut numbers: HashMap<Pid, usize>) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let mut ended = Vec::new();
    while !numbers.is_empty() {
        let status = wait()?;
        // A PID that is not in the map belongs to a child of the caller.
        let number = status.pid().and_then(|pid| numbers.remove(&pid));
        ended.extend(number.map(|number| (number, status)));
    }
    Ok(ended)
}
