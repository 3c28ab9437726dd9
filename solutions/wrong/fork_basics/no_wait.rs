//! The parent knows what the work returns, so why should it wait?
//!
//! base: reference
//! verdict: not waited for
//! check: the_exit_status_is_returned
//! says: had not been waited for

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::WaitStatus;
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
        ForkResult::Parent { child } => Ok(WaitStatus::Exited(child, 0)),
    }
}
