//! A whole line is printed before a fork. `println!` writes it at its end, so no text is copied.
//! HAZARD: with `--bufwriter` the line stays in a buffer of our own, and appears twice.

use std::io::{self, BufWriter, Write};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let mut buffer = BufWriter::new(io::stdout());
    if std::env::args().any(|argument| argument == "--bufwriter") {
        writeln!(buffer, "one line")?;
    } else {
        println!("one line");
    }
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => Ok(()), // returns, as its parent does: both flush their buffers
        ForkResult::Parent { child } => Ok(waitpid(child, None).map(drop)?),
    }
}
