//! When the fork fails, it waits for any child.
//!
//! base: reference
//! verdict: not your child
//! check: step_1_a_fork_that_fails_is_an_error

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// Step 1: calls `work` in a child, and returns the number that the child sends through a pipe.
///
/// # Errors
///
/// Fails if the pipe cannot be created, if the fork or the wait fails, or if no number arrives.
pub fn number_from_child(work: impl FnOnce() -> u64) -> io::Result<u64> {
    let (child, mut pipe) = start(|mut pipe| pipe.write_all(&work().to_ne_bytes()))?;
    let mut bytes = [0; 8];
    let read = pipe.read_exact(&mut bytes);
    waitpid(child, None)?; // even if the read has failed
    read.map(|()| u64::from_ne_bytes(bytes))
}

/// Step 2: calls `work` in a child, and returns the text that the child sends through a pipe.
///
/// # Errors
///
/// Fails if the pipe cannot be created, or if the fork, a read or the wait fails.
pub fn text_from_child(work: impl FnOnce() -> String) -> io::Result<String> {
    let (child, pipe) = start(|mut pipe| pipe.write_all(work().as_bytes()))?;
    let text = io::read_to_string(pipe); // before the wait, because a full pipe blocks the child
    waitpid(child, None)?;
    text
}

/// Forks a child that calls `send` with the write end of a new pipe. Returns the read end.
fn start(send: impl FnOnce(PipeWriter) -> io::Result<()>) -> io::Result<(Pid, PipeReader)> {
    let (reader, writer) = pipe()?;
    let forked = unsafe { fork() };
    if forked.is_err() {
        let _ = nix::sys::wait::wait();
    }
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match forked? {
        ForkResult::Child => {
            drop(reader); // if the parent dies, the write fails instead of blocking for ever
            exit(i32::from(send(writer).is_err()))
        }
        // The parent's write end is dropped here, so end-of-file comes when the child ends.
        ForkResult::Parent { child } => Ok((child, reader)),
    }
}

/// Step 3: sends `question` to a child, which calls `answer` with it, and returns the result.
///
/// # Errors
///
/// Fails if the sockets cannot be created, or if the fork, a read or write, or the wait fails.
pub fn ask_child(question: &str, answer: impl FnOnce(&str) -> String) -> io::Result<String> {
    let (here, there) = UnixStream::pair()?;
    // SAFETY: as in `start`.
    let child = match unsafe { fork()? } {
        ForkResult::Child => {
            drop(here);
            exit(i32::from(reply(there, answer).is_err()))
        }
        ForkResult::Parent { child } => child,
    };
    drop(there); // otherwise the read of the answer would never reach end-of-file
    let text = ask(here, question);
    waitpid(child, None)?; // even if `ask` has failed
    text
}

/// The parent's part.
fn ask(mut socket: UnixStream, question: &str) -> io::Result<String> {
    socket.write_all(question.as_bytes())?;
    socket.shutdown(Shutdown::Write)?; // end-of-file for the child; the other direction stays open
    io::read_to_string(socket)
}

/// The child's part.
fn reply(mut socket: UnixStream, answer: impl FnOnce(&str) -> String) -> io::Result<()> {
    let question = io::read_to_string(&socket)?;
    socket.write_all(answer(&question).as_bytes())
}
