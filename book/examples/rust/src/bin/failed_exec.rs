//! HAZARD, on purpose: a child whose exec fails, and which does not exit then.

use std::io;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, execvp, fork, getpid};

fn main() -> io::Result<()> {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let Err(reason) = execvp(c"no-such-program", &[c"no-such-program"]);
            println!("{}: exec failed: {reason}", getpid());
        }
        ForkResult::Parent { child } => {
            waitpid(child, None)?;
        }
    }
    println!("{}: I continue with the parent's work", getpid());
    Ok(())
}
