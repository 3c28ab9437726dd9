//! In the child, a panic of the work unwinds through the copies of the parent's frames.
//!
//! verdict: child panicked
//! check: a_panic_is_exit_status_101
//! says: climbed out of your function

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    match unsafe { fork()? } {
        ForkResult::Child => std::process::exit(i32::from(work())),
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => Ok(status as u8),
            _ => Err(Errno::ECHILD),
        },
    }
}
