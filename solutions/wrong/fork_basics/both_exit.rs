//! The exit stands below the `match`, where both processes come along.
//!
//! base: reference
//! verdict: parent exited
//! check: the_exit_status_comes_back
//! says: instead of returning

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: to be called in a process with one thread only, so that the child lacks no thread
    // that holds a lock. Here the checks see to that; a library would make it an `unsafe fn`.
    let status = match unsafe { fork()? } {
        ForkResult::Child => {
            // Nothing may unwind out of here: above are the parent's frames.
            catch_unwind(AssertUnwindSafe(work)).unwrap_or(101).into()
        }
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => status,
            _ => 1,
        },
    };
    std::process::exit(status)
}
