//! What is no exit status becomes 0, and so a killed child a successful one.
//!
//! base: reference
//! verdict: check failed
//! check: a_signal_is_not_an_exit_status
//! says: by SIGKILL
//! says: got:    Ok(Exited

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            // A panic must not unwind past this point, into the parent's frames.
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            std::process::exit(i32::from(status)) // of type `!`, so this arm never returns
        }
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => Ok(WaitStatus::Exited(child, status)),
            _ => Ok(WaitStatus::Exited(child, 0)),
        },
    }
}
