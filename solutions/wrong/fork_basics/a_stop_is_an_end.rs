//! Asks for stops as well, and takes one for the end.
//!
//! base: reference
//! verdict: check failed
//! check: a_stop_is_not_an_end
//! says: Stopped

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Runs `work` in a child process and returns how the child ended.
///
/// # Errors
///
/// The system's reason why it did not fork.
pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: to be called in a process with one thread only, so that the child lacks no thread
    // that holds a lock. Here the checks see to that; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            // Nothing may unwind out of here: above are the parent's frames.
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            std::process::exit(i32::from(status)) // of type `!`: this arm cannot be left
        }
        ForkResult::Parent { child } => waitpid(child, Some(nix::sys::wait::WaitPidFlag::WUNTRACED)), // this child, and no other
    }
}
