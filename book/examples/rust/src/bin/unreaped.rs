//! HAZARD: a parent that learns of its child's end, but does not reap it.

use std::io::{self, Read};
use std::process::exit;

use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let (mut reader, writer) = io::pipe()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => exit(0),
        // The pipe ends with the child. The child is a zombie now, and stays one.
        ForkResult::Parent { .. } => {
            drop(writer);
            reader.read_to_end(&mut Vec::new()).map(drop)
        }
    }
}
