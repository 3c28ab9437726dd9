//! The parent does the work, and the child only ends with the result.
//!
//! verdict: check failed
//! check: the_work_is_done_in_the_child
//! says: in the parent
//! says: wanted: 0

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    let status = work();
    match unsafe { fork()? } {
        ForkResult::Child => std::process::exit(i32::from(status)),
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => Ok(status as u8),
            _ => Err(Errno::ECHILD),
        },
    }
}
