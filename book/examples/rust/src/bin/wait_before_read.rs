//! HAZARD: the parent waits for its child first, and only then reads what it sent.
//!
//! This works while everything fits into the pipe. The argument says how many bytes the child
//! sends.

use std::io::{self, Read, Write};
use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1);
    let (mut reader, mut writer) = io::pipe()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(reader);
            let sent = writer.write_all(&vec![b'x'; count]);
            exit(if sent.is_ok() { 0 } else { 1 })
        }
        ForkResult::Parent { child } => {
            drop(writer);
            waitpid(child, None)?; // these two lines
            let read = reader.read_to_end(&mut Vec::new())?; // should change places
            println!("the child has ended, and I have read {read} bytes");
            Ok(())
        }
    }
}
