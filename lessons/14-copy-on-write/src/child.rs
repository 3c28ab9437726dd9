//! A child that lives until its parent ends it, and touches none of the parent's memory.

use std::io::{PipeReader, PipeWriter, Read, pipe};
use std::process::exit;

use lesson_cli::Failure;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) pid: Pid,
    /// The child lives as long as the parent holds this end.
    gate: PipeWriter,
}

impl Child {
    pub(crate) fn fork() -> Result<Self, Failure> {
        let (reader, writer) = pipe().map_err(|error| Failure::system("pipe", error))?;
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() } {
            Err(errno) => Err(Failure::system("fork", errno)),
            Ok(ForkResult::Child) => {
                drop(writer); // or else the child would wait for itself
                live(reader)
            }
            Ok(ForkResult::Parent { child }) => Ok(Child { pid: child, gate: writer }),
        }
    }

    /// Lets the child end, and waits for it.
    pub(crate) fn end(self) -> Result<(), Failure> {
        drop(self.gate);
        waitpid(self.pid, None).map(drop).map_err(|errno| Failure::system("waitpid", errno))
    }
}

/// Blocks until the pipe is at its end: the parent has dropped its end, or has ended.
fn live(mut gate: PipeReader) -> ! {
    let read = gate.read(&mut [0]);
    exit(if read.is_ok() { 0 } else { 1 })
}
