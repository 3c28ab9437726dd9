//! Hostile: closes the parent's standard input, output and error when all is done, as daemons do.
//!
//! base: reference
//! verdict: state not restored
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
    let forked = (0..count).try_for_each(|number| {
        numbers.insert(start(|| work(number))?, number);
        Ok(())
    });
    let ended = wait_for_all(numbers);
    for descriptor in 0..3 {
        unsafe { libc::close(descriptor) };
    }
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
