//! Five tasks, each in a child, and never more than two children at once.
//!
//! The system decides which child ends first: the parent forks the next after any of them.

use std::io;
use std::process::exit;

use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};

const AT_ONCE: usize = 2;

fn main() -> io::Result<()> {
    let mut running = 0;
    for task in 1..=5 {
        if running == AT_ONCE {
            wait()?; // for any child, so that a place is free
            running -= 1;
            println!("one has ended: {running} running");
        }
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => exit(0), // here the child would do its task
            ForkResult::Parent { .. } => running += 1,
        }
        println!("task {task} has begun: {running} running");
    }
    while wait().is_ok() {} // until ECHILD: no child is left
    Ok(())
}
