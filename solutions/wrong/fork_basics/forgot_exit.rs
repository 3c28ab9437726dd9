//! The child does its work, and then returns like the parent.
//!
//! verdict: child came back
//! check: the_exit_status_comes_back
//! says: returned from your function into the code that had called it

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    match unsafe { fork()? } {
        ForkResult::Child => Ok(work()),
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => Ok(status as u8),
            _ => Err(Errno::ECHILD),
        },
    }
}
