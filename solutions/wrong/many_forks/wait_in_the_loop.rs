//! Each child is waited for before the next one is forked: one after the other, with more effort
//! than without processes.
//!
//! verdict: deadlock
//! check: eight_run_at_the_same_time

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
    let mut ended = Vec::new();
    for number in 0..count {
        let child = start(|| work(number))?;
        ended.push((number, waitpid(child, None)?));
    }
    Ok(ended)
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
