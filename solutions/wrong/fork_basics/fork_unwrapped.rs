//! A fork that fails ends the whole program, with a panic.
//!
//! verdict: panicked
//! check: a_fork_that_fails_is_an_error
//! says: EAGAIN

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    match unsafe { fork().unwrap() } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            std::process::exit(i32::from(status))
        }
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => Ok(status as u8),
            _ => Err(Errno::ECHILD),
        },
    }
}
