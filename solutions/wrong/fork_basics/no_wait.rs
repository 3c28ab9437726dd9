//! The parent knows what the work returns, so why should it wait?
//!
//! verdict: not waited for
//! check: the_exit_status_comes_back
//! says: Call waitpid once for every child

use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    match unsafe { fork()? } {
        ForkResult::Child => std::process::exit(i32::from(work())),
        ForkResult::Parent { .. } => Ok(work()),
    }
}
