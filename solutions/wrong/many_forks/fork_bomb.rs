//! Hostile by accident: the loop counts the children that run, and in a child that count never
//! grows. It forgot to end, so it forks again and again, and so do its children.
//!
//! base: loops
//! verdict: fork bomb stopped
//! check: every_child_has_its_number

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
    while running.len() < count {
        let number = running.len();
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                let _ = catch_unwind(AssertUnwindSafe(|| work(number)));
            }
            Ok(ForkResult::Parent { child }) => running.push(child),
            Err(errno) => {
                error = Some(errno);
                break;
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
