//! What C's waitpid fills in is taken for the exit status: 3 comes back as 768.
//!
//! base: raw_libc
//! verdict: check failed
//! check: the_exit_status_is_returned
//! says: the work returned 3
//! says: got:    Ok(768)

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
    Ok(WaitStatus::Exited(Pid::from_raw(child), status))
}
