//! The eighth bit of an exit status is cut off.
//!
//! base: reference
//! verdict: check failed
//! check: the_exit_status_is_returned
//! says: the work returned 137
//! says: got:    Ok(9)

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
            std::process::exit(i32::from(status & 0x7f)) // of type `!`: this arm cannot be left
        }
        ForkResult::Parent { child } => waitpid(child, None), // this child and no other
    }
}
