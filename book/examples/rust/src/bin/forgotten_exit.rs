//! HAZARD, on purpose: three rounds of fork, and children that go on with the loop.
//!
//! The loop is bounded, so there are 8 processes in the end and no more.

use std::io;
use std::process::id;

use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork, getppid};

fn main() -> io::Result<()> {
    for round in 1..=3 {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            // Here the child should end, and does not: it goes on to the next round.
            ForkResult::Child => println!("round {round}: {} is a child of {}", id(), getppid()),
            ForkResult::Parent { .. } => {}
        }
    }
    // Each of the 8 waits for the children that it has.
    while wait().is_ok() {}
    Ok(())
}
