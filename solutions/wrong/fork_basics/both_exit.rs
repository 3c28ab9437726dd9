//! The exit stands below the `match`, where both processes come along.
//!
//! verdict: parent exited
//! check: the_exit_status_comes_back
//! says: instead of returning

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<u8> {
    let status = match unsafe { fork()? } {
        ForkResult::Child => work(),
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, status) => status as u8,
            _ => 1,
        },
    };
    std::process::exit(i32::from(status))
}
