//! Hostile by accident: the loop counts the children that run, and in a child that count never
//! grows. It forgot to end, so it forks again and again, and so do its children.
//!
//! base: reference
//! verdict: fork bomb stopped
//! check: every_child_has_its_number

use std::collections::HashMap;
use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, Pid, fork};

pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let _ = stdout().flush();
    let mut numbers = HashMap::new();
    // At most 11 rounds, so 2048 processes, should no guard stop it. The mistake has no such limit.
    for _ in 0..11 {
        if numbers.len() == count {
            break;
        }
        let number = numbers.len();
        match unsafe { fork()? } {
            ForkResult::Child => {
                work(number);
            }
            ForkResult::Parent { child } => {
                numbers.insert(child, number);
            }
        }
    }
    wait_for_all(numbers)
}

fn wait_for_all(mut numbers: HashMap<Pid, usize>) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let mut ended = Vec::new();
    while !numbers.is_empty() {
        let status = wait()?;
        let number = status.pid().and_then(|pid| numbers.remove(&pid));
        ended.extend(number.map(|number| (number, status)));
    }
    Ok(ended)
}
