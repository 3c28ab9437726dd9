//! Forks the children, gives each its share, and adds up what they send back.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::process::exit;

use lesson_cli::Failure;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

use crate::work::share_of_steps;

/// Counts the steps of the numbers 1 to `size` in `count` children, which all work at once.
pub(crate) fn count_steps(size: u64, count: usize) -> Result<u64, Failure> {
    let (reader, writer) = io::pipe().map_err(|error| Failure::system("pipe", error))?;
    let mut children = Vec::new();
    let forked = fork_children(&mut children, size, count, &writer);
    drop(writer); // now the pipe ends when the last child has closed its copy
    let sum = sum_of(reader);
    // Whatever went wrong above, the children exist and must be waited for.
    let waited = wait_for(&children);
    forked.and(waited).and(sum)
}

fn fork_children(
    children: &mut Vec<Pid>,
    size: u64,
    count: usize,
    results: &PipeWriter,
) -> Result<(), Failure> {
    for share in 0..count {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() } {
            Err(errno) => {
                let what = format!("fork number {} of {count}", share + 1);
                return Err(Failure::system(what, errno));
            }
            Ok(ForkResult::Child) => child(share_of_steps(size, share, count), results),
            Ok(ForkResult::Parent { child }) => children.push(child),
        }
    }
    Ok(())
}

/// Sends one number and ends. Eight bytes go into a pipe as a whole (`man 7 pipe`, PIPE_BUF),
/// so all children may share one pipe.
fn child(sum: u64, mut results: &PipeWriter) -> ! {
    let sent = results.write_all(&sum.to_ne_bytes());
    exit(if sent.is_ok() { 0 } else { 1 })
}

/// Adds up the numbers in the pipe until every child has closed it.
fn sum_of(mut results: PipeReader) -> Result<u64, Failure> {
    let mut bytes = Vec::new();
    results.read_to_end(&mut bytes).map_err(|error| Failure::system("reading a pipe", error))?;
    let (numbers, _) = bytes.as_chunks();
    Ok(numbers.iter().copied().map(u64::from_ne_bytes).sum())
}

/// Waits for every child, and says which one did not do its share.
fn wait_for(children: &[Pid]) -> Result<(), Failure> {
    let mut all_well = Ok(());
    for &child in children {
        let lost = match waitpid(child, None) {
            Ok(WaitStatus::Exited(_, 0)) => continue,
            Ok(WaitStatus::Signaled(_, signal, _)) => format!("was ended by {signal}"),
            Ok(other) => format!("failed ({other:?})"),
            Err(errno) => format!("cannot be waited for: {errno}"),
        };
        all_well = Err(Failure::Other(format!("child {child} {lost}; its share is missing")));
    }
    all_well
}
