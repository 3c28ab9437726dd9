//! HAZARD, on purpose: a parent that ignores SIGCHLD learns nothing about its children.
//!
//! The child kills itself. With `--default` the parent restores the default action first.

use std::io;

use nix::sys::signal::{SigHandler, Signal, raise, signal};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let default = std::env::args().any(|argument| argument == "--default");
    let action = if default { SigHandler::SigDfl } else { SigHandler::SigIgn };
    // SAFETY: neither action runs code of this program.
    unsafe { signal(Signal::SIGCHLD, action) }?;
    // SAFETY: this process has one thread, so no other thread can hold a lock at the fork.
    match unsafe { fork() }? {
        ForkResult::Child => raise(Signal::SIGKILL)?,
        ForkResult::Parent { child } => println!("waitpid: {:?}", waitpid(child, None)),
    }
    Ok(())
}
