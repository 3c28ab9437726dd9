//! A write into a pipe that has no read end left: an error, or a signal.
//!
//! A Rust program ignores SIGPIPE from its start, and its children inherit that. Child 1 keeps the
//! setting; child 2 sets the default action, which most programs have.

use std::io::{self, PipeWriter, Write};
use std::process::exit;

use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    for action in [SigHandler::SigIgn, SigHandler::SigDfl] {
        let (reader, writer) = io::pipe()?;
        drop(reader);
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => write_with(action, writer),
            ForkResult::Parent { child } => println!("{action:?}: {:?}", waitpid(child, None)?),
        }
    }
    Ok(())
}

/// Writes one byte, and ends with exit status 1 if that is an error.
fn write_with(action: SigHandler, mut pipe: PipeWriter) -> ! {
    // SAFETY: this sets no handler, only ignoring or the default action, so no code is run.
    let set = unsafe { signal(Signal::SIGPIPE, action) };
    let written = pipe.write_all(b"x");
    if let Err(error) = &written {
        println!("{action:?}: write: {error}");
    }
    exit(if set.is_ok() && written.is_ok() { 0 } else { 1 })
}
