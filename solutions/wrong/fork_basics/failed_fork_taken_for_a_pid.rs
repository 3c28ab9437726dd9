//! Hostile by accident: C's fork returns -1 when it fails, and `kill(-1, SIGKILL)` means everybody.
//!
//! verdict: signalled others
//! check: a_fork_that_fails_is_an_error
//! says: kill(-1, SIGKILL)
//! says: is that taken for a PID?

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    let child = unsafe { libc::fork() };
    if child == 0 {
        let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
        std::process::exit(i32::from(status))
    }
    let mut status = 0;
    unsafe { libc::waitpid(child, &mut status, 0) };
    if libc::WIFEXITED(status) && libc::WEXITSTATUS(status) != 0 {
        return Ok(libc::WEXITSTATUS(status) as u8);
    }
    unsafe { libc::kill(child, libc::SIGKILL) }; // to be sure that it has gone
    if libc::WIFEXITED(status) { Ok(0) } else { Err(Errno::ECHILD) }
}
