//! The C library's functions, and the status as a number until the end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: this process has one thread, as the checks ensure.
    let child = unsafe { libc::fork() };
    if child == -1 {
        return Err(Errno::last());
    }
    if child == 0 {
        let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
        exit(status.into());
    }
    let mut status = 0;
    // SAFETY: `status` lives until the call has returned.
    if unsafe { libc::waitpid(child, &mut status, 0) } == -1 {
        return Err(Errno::last());
    }
    WaitStatus::from_raw(Pid::from_raw(child), status)
}
