//! The exit stands below the `match`, where both processes come along.
//!
//! base: reference
//! verdict: parent exited
//! check: the_exit_status_is_returned
//! says: instead of returning

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    let status = match unsafe { fork()? } {
        ForkResult::Child => {
            // A panic must not unwind past this point, into the parent's frames.
            catch_unwind(AssertUnwindSafe(work)).unwrap_or(101).into()
        }
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => status,
            _ => 1,
        },
    };
    std::process::exit(status)
}
