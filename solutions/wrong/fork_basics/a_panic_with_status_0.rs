//! Only a panic with a text ends the child with 101.
//!
//! base: reference
//! verdict: check failed
//! check: a_panic_is_exit_status_101

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
    match unsafe { fork()? } {
        ForkResult::Child => {
            // A panic must not unwind past this point, into the parent's frames.
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| if panic.is::<&str>() || panic.is::<String>() { 101 } else { 1 });
            std::process::exit(i32::from(status)) // of type `!`, so this arm never returns
        }
        ForkResult::Parent { child } => waitpid(child, None), // this child and no other
    }
}
