//! HAZARD, on purpose: text that is printed once and appears twice.
//!
//! Text without a newline stays in a buffer, the buffer is memory, and the child gets a copy of
//! all memory. With `--flush` the buffer is empty at the fork.

use std::io::{self, Write};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    print!("hello ");
    if std::env::args().any(|argument| argument == "--flush") {
        io::stdout().flush()?;
    }
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => println!("from the child"),
        ForkResult::Parent { child } => {
            waitpid(child, None)?;
            println!("from the parent");
        }
    }
    Ok(())
}
