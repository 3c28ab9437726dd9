//! It looks which child has ended, and then takes any that has: between the two calls another one may
//! have ended, and the status of one is told of the other.
//!
//! base: loops
//! verdict: check failed
//! check: in_whatever_order_they_end, in every order
//! says: only by luck
//! says: before it reaps

use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, wait, waitid};
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
                break;
            }
        }
    }
    let mut ended = Vec::new();
    let mut left = running.len();
    while left > 0 {
        let seen = waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)?;
        let status = wait()?;
        if let Some(number) = running.iter().position(|&child| Some(child) == seen.pid()) {
            ended.push((number, status));
            left -= 1;
        }
    }
    if let Some(errno) = error {
        return Err(errno);
    }
    Ok(ended)
}
