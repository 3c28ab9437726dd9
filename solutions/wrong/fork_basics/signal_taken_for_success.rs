//! Whatever is no exit status becomes 0, and so a killed child a successful one.
//!
//! verdict: check failed
//! check: a_killed_child_is_an_error
//! says: got:    Ok(0)

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            std::process::exit(i32::from(status))
        }
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => Ok(status as u8),
            _ => Ok(0),
        },
    }
}
