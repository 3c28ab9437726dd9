//! The buffer of standard output is copied by the fork, and written by both processes.
//!
//! base: reference
//! verdict: wrong output
//! check: text_is_printed_once
//! says: Some text was printed twice

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, Pid, fork};

pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let mut numbers = HashMap::new();
    let forked = (0..count).try_for_each(|number| {
        numbers.insert(start(|| work(number))?, number);
        Ok(())
    });
    let ended = wait_for_all(numbers);
    forked.and(ended)
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

fn wait_for_all(mut numbers: HashMap<Pid, usize>) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let mut ended = Vec::new();
    while !numbers.is_empty() {
        let status = wait()?;
        let number = status.pid().and_then(|pid| numbers.remove(&pid));
        ended.extend(number.map(|number| (number, status)));
    }
    Ok(ended)
}
