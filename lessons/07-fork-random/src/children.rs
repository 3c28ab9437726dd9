//! Forks the children; each draws its numbers and sends them back through a pipe of its own.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::process::exit;

use lesson_cli::Failure;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use rand::rngs::SysError;

/// How many children draw.
pub(crate) const CHILDREN: u64 = 3;

/// Draws the next number in the process with this number: `0` is the parent, `1` the first child.
pub(crate) type Draw = Box<dyn FnMut(u64) -> Result<u64, SysError>>;

struct Child {
    pid: Pid,
    numbers: PipeReader,
}

/// Lets every child draw `count` numbers, all children at once; one list for each child.
pub(crate) fn draw(count: usize, draw: &mut Draw) -> Result<Vec<Vec<u64>>, Failure> {
    let mut children = Vec::new();
    let mut forked = Ok(());
    for number in 1..=CHILDREN {
        match fork_child(number, count, draw) {
            Ok(child) => children.push(child),
            Err(failure) => {
                forked = Err(failure);
                break;
            }
        }
    }
    // Even if a fork failed, the children forked before it exist and must be waited for.
    let numbers: Vec<_> = children.into_iter().map(|child| child.finish(count)).collect();
    forked.and(numbers.into_iter().collect())
}

fn fork_child(number: u64, count: usize, draw: &mut Draw) -> Result<Child, Failure> {
    let (reader, writer) = io::pipe().map_err(|error| Failure::system("pipe", error))?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() } {
        Err(errno) => Err(Failure::system(format!("fork number {number}"), errno)),
        Ok(ForkResult::Child) => draw_and_end(writer, count, || draw(number)),
        Ok(ForkResult::Parent { child }) => Ok(Child { pid: child, numbers: reader }),
    }
}

/// What a child does. Exit status 0 means that all numbers were drawn and sent.
fn draw_and_end(
    mut writer: PipeWriter,
    count: usize,
    mut draw: impl FnMut() -> Result<u64, SysError>,
) -> ! {
    let mut bytes = Vec::new();
    for _ in 0..count {
        match draw() {
            Ok(number) => bytes.extend(number.to_ne_bytes()),
            Err(_) => exit(1),
        }
    }
    exit(if writer.write_all(&bytes).is_ok() { 0 } else { 1 })
}

impl Child {
    /// Reads to the end of the pipe, which comes when the child ends, and waits for the child.
    fn finish(mut self, count: usize) -> Result<Vec<u64>, Failure> {
        let mut bytes = Vec::new();
        let read = self.numbers.read_to_end(&mut bytes);
        let status = waitpid(self.pid, None);
        read.map_err(|error| Failure::system("reading a pipe", error))?;

        let (numbers, _) = bytes.as_chunks();
        if status == Ok(WaitStatus::Exited(self.pid, 0)) && numbers.len() == count {
            return Ok(numbers.iter().copied().map(u64::from_ne_bytes).collect());
        }
        let (pid, sent) = (self.pid, numbers.len());
        Err(Failure::Other(format!("child {pid} sent {sent} of {count} numbers: {status:?}")))
    }
}

/// The parent could not draw.
pub(crate) fn no_random_numbers(error: SysError) -> Failure {
    Failure::Other(format!("the system provides no random numbers: {error}"))
}
