//! Hostile by accident: the loop counts the children that run, and in a child that count never
//! grows. It forgot to end, so it forks for ever, and so do its children.
//!
//! verdict: fork bomb stopped
//! check: every_child_has_its_number
//! says: A child runs on in the same loop as its parent
//! says: Let each child

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
    while numbers.len() < count {
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
