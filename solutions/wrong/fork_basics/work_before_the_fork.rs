//! The parent does the work, and the child only ends with the result.
//!
//! base: reference
//! verdict: check failed
//! check: the_work_is_done_in_the_child
//! says: in the parent
//! says: wanted: 0

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    let status = work();
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            // A panic must not unwind past this point, into the parent's frames.
            std::process::exit(i32::from(status)) // of type `!`, so this arm never returns
        }
        ForkResult::Parent { child } => waitpid(child, None), // this child and no other
    }
}
