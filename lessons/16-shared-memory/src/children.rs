//! Several children that do the same work at the same time.

use std::io::{PipeReader, PipeWriter, Read, pipe};
use std::process::exit;

use lesson_cli::Failure;
use nix::errno::Errno;
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};

/// A pipe that nothing is written into. Children block on it until every write end is closed.
struct Gate {
    reader: PipeReader,
    opener: Option<PipeWriter>,
}

/// Forks children 1 to `count`, which begin to `work` when all of them exist, and waits for
/// them.
pub(crate) fn in_children(count: u32, work: impl Fn(u32)) -> Result<(), Failure> {
    let (reader, writer) = pipe().map_err(|error| Failure::system("pipe", error))?;
    let mut gate = Gate { reader, opener: Some(writer) };
    let forked = (1..=count).try_for_each(|number| start(&mut gate, || work(number)));
    gate.opener = None; // the gate is open when the last copy of this end is closed
    // Even if a fork failed, the children forked before it must be waited for.
    forked.and(wait_for_all())
}

fn start(gate: &mut Gate, work: impl FnOnce()) -> Result<(), Failure> {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() } {
        Err(errno) => Err(Failure::system("fork", errno)),
        Ok(ForkResult::Child) => {
            wait_at(gate);
            work();
            exit(0)
        }
        Ok(ForkResult::Parent { .. }) => Ok(()),
    }
}

/// Closes this child's copy of the write end, and returns at end-of-file: when every other process
/// has closed its copy too.
fn wait_at(gate: &mut Gate) {
    gate.opener = None;
    let _ = gate.reader.read(&mut [0]);
}

fn wait_for_all() -> Result<(), Failure> {
    loop {
        match wait() {
            Ok(_) => {}
            Err(Errno::ECHILD) => return Ok(()),
            Err(errno) => return Err(Failure::system("wait", errno)),
        }
    }
}
