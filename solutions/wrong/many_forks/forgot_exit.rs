//! A child does not end after its work. It goes on in the loop, as its parent does, and forks
//! children of its own.
//!
//! base: reference
//! verdict: child returned
//! check: every_child_has_its_number
//! says: returned from your function

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
    for number in 0..count {
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
