//! HAZARD, on purpose: three rounds of fork, and children that continue the loop.
//!
//! The loop is bounded, so there are never more than 8 processes.

use std::io;
use std::process::id;

use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork, getppid};

fn main() -> io::Result<()> {
    for round in 1..=3 {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            // The child should exit here. Instead, it continues with the next round.
            ForkResult::Child => println!("round {round}: {} is a child of {}", id(), getppid()),
            ForkResult::Parent { .. } => {}
        }
    }
    // Each of the 8 processes waits for its own children.
    while wait().is_ok() {}
    Ok(())
}
