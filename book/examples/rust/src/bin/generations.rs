//! Two rounds of fork in which every process continues, on purpose. Each process then waits for
//! its children and prints how many forks lie between it and the first process.

use std::io;

use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let mut generation = 0;
    for _round in 1..=2 {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        if let ForkResult::Child = unsafe { fork() }? {
            generation += 1;
        }
    }
    while wait().is_ok() {}
    println!("generation {generation}");
    Ok(())
}
