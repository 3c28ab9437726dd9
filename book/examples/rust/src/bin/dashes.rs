//! HAZARD, on purpose: two rounds of fork, and every process prints a dash in each round.
//!
//! The dashes have no newline, so they stay in a buffer, which the next fork copies with the rest
//! of the memory. With `--lines` each dash is a line, and the buffer is empty at the next fork.

use std::io;

use nix::sys::wait::wait;
use nix::unistd::fork;

fn main() -> io::Result<()> {
    let lines = std::env::args().any(|argument| argument == "--lines");
    for _ in 0..2 {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        unsafe { fork() }?;
        print!("-{}", if lines { "\n" } else { "" });
    }
    // Each of the 4 processes waits for its own children.
    while wait().is_ok() {}
    Ok(())
}
