//! The children are waited for one by one, in the random order of a map's keys.
//!
//! base: loops
//! verdict: check failed
//! check: the_results_come_in_the_order_of_the_ends
//! says: in the order in which they ended

use std::collections::HashMap;
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
                break;
            }
        }
    }
    let mut ended = Vec::new();
    let numbers: HashMap<Pid, usize> = running.into_iter().zip(0..).collect();
    for (child, number) in numbers {
        ended.push((number, waitpid(child, None)?));
    }
    if let Some(errno) = error {
        return Err(errno);
    }
    Ok(ended)
}
