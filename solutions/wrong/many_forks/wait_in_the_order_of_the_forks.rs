//! The children are waited for one by one, in the order in which they were forked.
//!
//! verdict: check failed
//! check: the_results_come_in_the_order_of_the_ends
//! says: child 2 ended first
//! says: got:    [(0, Some(0)), (1, Some(1)), (2, Some(2))]

use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let _ = stdout().flush();
    let mut children = Vec::new();
    let forked = (0..count).try_for_each(|number| {
        children.push(start(|| work(number))?);
        Ok(())
    });
    let mut ended = Vec::new();
    for (number, child) in children.into_iter().enumerate() {
        ended.push((number, waitpid(child, None)?));
    }
    forked.map(|()| ended)
}

fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into())
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
