//! Hostile by accident: C's fork returns -1 when it fails, and `kill(-1, SIGKILL)` means every process.
//!
//! base: raw_libc
//! verdict: signalled others
//! check: a_fork_that_fails_is_an_error
//! says: kill(-1, SIGKILL)
//! says: does your function use this as a PID?

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: this process has one thread, as the checks ensure.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
        exit(status.into());
    }
    let mut status = 0;
    // SAFETY: `status` lives until the call has returned.
    if unsafe { libc::waitpid(child, &mut status, 0) } == -1 {
        unsafe { libc::kill(child, libc::SIGKILL) }; // to be sure that it has gone
        return Err(Errno::last());
    }
    WaitStatus::from_raw(Pid::from_raw(child), status)
}
