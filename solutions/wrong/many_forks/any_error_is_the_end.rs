//! Whatever wait complains of is taken for "there is no child left".
//!
//! base: loops
//! verdict: deadlock
//! check: a_child_of_the_caller_is_not_a_result
//! says: until there is no child left
//! says: has been reported

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
    while let Ok(status) = wait() {
        if let Some(number) = running.iter().position(|&child| Some(child) == status.pid()) {
            ended.push((number, status));
        }
    }
    if let Some(errno) = error {
        return Err(errno);
    }
    Ok(ended)
}
