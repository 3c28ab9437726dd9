//! A mistake, on purpose: the parent waits inside the loop, so there is never more than one child.

use std::io;
use std::process::exit;

use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    for number in 1..=3 {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => {
                println!("child {number}: I begin");
                println!("child {number}: I end");
                exit(0);
            }
            // The parent should continue with the next round, and wait below the loop.
            ForkResult::Parent { .. } => drop(wait()?),
        }
    }
    Ok(())
}
