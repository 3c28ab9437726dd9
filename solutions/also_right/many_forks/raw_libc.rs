//! The C library's functions, and a list that is searched for each PID.

use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    stdout().flush().ok();
    let mut children = Vec::new();
    let mut error = None;
    for number in 0..count {
        // SAFETY: this process has one thread, as the checks ensure.
        let child = unsafe { libc::fork() };
        if child == -1 {
            error = Some(Errno::last());
            break;
        }
        if child == 0 {
            exit(catch_unwind(AssertUnwindSafe(|| work(number))).unwrap_or(101).into());
        }
        children.push(child);
    }
    let mut ended = Vec::new();
    while ended.len() < children.len() {
        let mut status = 0;
        // SAFETY: `status` lives until the call has returned.
        let child = unsafe { libc::wait(&mut status) };
        if child == -1 {
            return Err(Errno::last());
        }
        if let Some(number) = children.iter().position(|&known| known == child) {
            ended.push((number, WaitStatus::from_raw(Pid::from_raw(child), status)?));
        }
    }
    match error {
        Some(error) => Err(error),
        None => Ok(ended),
    }
}
