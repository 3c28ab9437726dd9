//! The children are waited for one by one, in the order in which they were forked.
//!
//! base: loops
//! verdict: check failed
//! check: the_results_come_in_the_order_of_the_ends
//! says: in the order in which they ended
//! says: got:    [0, 1, 2, 3, 4, 5, 6]

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
    for (number, &child) in running.iter().enumerate() {
        ended.push((number, waitpid(child, None)?));
    }
    if let Some(errno) = error {
        return Err(errno);
    }
    Ok(ended)
}
