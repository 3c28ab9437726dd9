//! HAZARD, on purpose: two rounds of fork, and a dash in each, for everybody who is there.
//!
//! The dashes have no newline, so they wait in a buffer, which is memory, which is copied. With
//! `--lines` each dash is a line, and nothing is left in the buffer when the next fork comes.

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
    // Each of the 4 waits for the children that it has.
    while wait().is_ok() {}
    Ok(())
}
