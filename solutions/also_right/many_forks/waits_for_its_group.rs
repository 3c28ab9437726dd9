//! The children are a process group of their own, so that wait can be told to give no other child.

use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, setpgid};

pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let _ = stdout().flush();
    let mut numbers = BTreeMap::new();
    let mut group = Pid::from_raw(0);
    let forked = (0..count).try_for_each(|number| {
        // SAFETY: this process has one thread, as the checks ensure.
        match unsafe { fork()? } {
            ForkResult::Child => {
                let _ = setpgid(Pid::from_raw(0), group); // both sides: whichever is first
                exit(catch_unwind(AssertUnwindSafe(|| work(number))).unwrap_or(101).into())
            }
            ForkResult::Parent { child } => {
                let _ = setpgid(child, group);
                if group.as_raw() == 0 {
                    group = child; // a zombie keeps the group's number in use
                }
                numbers.insert(child, number);
                Ok(())
            }
        }
    });
    let group = Pid::from_raw(-group.as_raw());
    let ended = (0..numbers.len()).map(|_| {
        let status = waitpid(group, None)?;
        Ok((numbers[&status.pid().expect("wait without options tells of an end")], status))
    });
    let ended = ended.collect();
    forked.and(ended)
}
