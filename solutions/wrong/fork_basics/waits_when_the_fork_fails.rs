//! When the fork fails, it waits for any child, so that there is room for one.
//!
//! base: reference
//! verdict: not your child
//! check: a_fork_that_fails_is_an_error

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Runs `work` in a child process and returns how the child ended.
///
/// # Errors
///
/// Fails if the fork fails.
pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    let forked = unsafe { fork() };
    if forked.is_err() {
        let _ = waitpid(None, None);
    }
    match forked? {
        ForkResult::Child => {
            // A panic must not unwind past this point, into the parent's frames.
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            std::process::exit(i32::from(status)) // of type `!`, so this arm never returns
        }
        ForkResult::Parent { child } => waitpid(child, None), // this child and no other
    }
}
