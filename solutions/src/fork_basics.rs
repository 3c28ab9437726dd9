//! fork_basics: work in a child.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Runs `work` in a child process and returns the child's exit status.
///
/// # Errors
///
/// The system's reason why it did not fork; `Errno::ECHILD` if a signal ended the child.
pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    // SAFETY: the caller has one thread, so no lock is held by a thread that the child lacks.
    match unsafe { fork()? } {
        ForkResult::Child => {
            // Nothing may unwind out of here: above are the parent's frames.
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            std::process::exit(i32::from(status)) // of type `!`: this arm cannot be left
        }
        ForkResult::Parent { child } => match waitpid(child, None)? {
            // Never cut off: what is left of a status is 8 bits wide.
            WaitStatus::Exited(_, status) => Ok(status as u8),
            _ => Err(Errno::ECHILD),
        },
    }
}
