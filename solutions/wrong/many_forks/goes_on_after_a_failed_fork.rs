//! The fork that failed is remembered, and the next child is forked nevertheless.
//!
//! base: loops
//! verdict: wrong number of processes
//! check: when_a_fork_fails_the_others_finish
//! says: 3 processes were forked, but the check wants 2

use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, wait, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let _ = stdout().flush();
    let mut running: Vec<Pid> = Vec::new();
    let mut error = None;
    for number in 0..count {
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                let status = catch_unwind(AssertUnwindSafe(|| work(number))).unwrap_or(101);
                exit(status.into())
            }
            Ok(ForkResult::Parent { child }) => running.push(child),
            Err(errno) => {
                error = Some(errno);
            }
        }
    }
    let mut ended = Vec::new();
    let mut left = running.len();
    while left > 0 {
        let status = wait()?;
        if let Some(number) = running.iter().position(|&child| Some(child) == status.pid()) {
            ended.push((number, status));
            left -= 1;
        }
    }
    if let Some(errno) = error {
        return Err(errno);
    }
    Ok(ended)
}
