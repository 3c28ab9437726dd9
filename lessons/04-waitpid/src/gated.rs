//! A child that waits at a gate, so that the parent decides what happens first. The gate is a
//! pipe: the child reads from it, and blocks until it gets a byte or end-of-file.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::process::exit;

use lesson_cli::Failure;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// The parent's view of a child at a gate.
#[derive(Debug)]
pub(crate) struct Gated {
    pub(crate) pid: Pid,
    /// Open as long as the child may still have to be released.
    opener: Option<PipeWriter>,
}

impl Gated {
    /// Forks a child that waits at its gate and then ends with exit status `code`.
    pub(crate) fn fork(code: i32) -> Result<Self, Failure> {
        Self::fork_into(|gate| {
            wait_at(gate);
            code
        })
    }

    /// Forks a child that gets its gate and runs `life`, which returns the exit status.
    pub(crate) fn fork_into(life: impl FnOnce(PipeReader) -> i32) -> Result<Self, Failure> {
        let (gate, opener) = pipe().map_err(|error| Failure::system("pipe", error))?;
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() } {
            Err(errno) => Err(Failure::system("fork", errno)),
            Ok(ForkResult::Child) => {
                // With its own copy open, the child would never see end-of-file.
                drop(opener);
                exit(life(gate))
            }
            Ok(ForkResult::Parent { child }) => Ok(Gated { pid: child, opener: Some(opener) }),
        }
    }

    /// Releases the child with a byte, because end-of-file may not come: children that were
    /// forked later hold a copy of this end of the pipe.
    pub(crate) fn open(&mut self) {
        if let Some(mut opener) = self.opener.take() {
            // This fails only if the child is gone, and then it needs no gate any more.
            let _ = opener.write_all(b"!");
        }
    }
}

impl Drop for Gated {
    /// Leaves no child behind, whatever went wrong before. If the child has been waited for
    /// already, this does nothing.
    fn drop(&mut self) {
        self.open();
        let _ = waitpid(self.pid, None);
    }
}

/// Returns when the gate is opened, and also when the process that could open it is gone.
pub(crate) fn wait_at(mut gate: PipeReader) {
    let _ = gate.read(&mut [0]);
}
