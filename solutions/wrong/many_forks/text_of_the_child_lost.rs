//! `_exit` ends a process at once: what the work printed is still in the buffer, and is lost.
//!
//! base: reference
//! verdict: wrong output
//! check: a_panic_and_a_signal_are_distinguished or text_is_printed_once
//! says: before the panic

use std::collections::HashMap;
use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, Pid, fork};

pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let _ = stdout().flush();
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
            unsafe { libc::_exit(status.into()) }
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
