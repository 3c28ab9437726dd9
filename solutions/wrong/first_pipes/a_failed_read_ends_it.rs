//! Returns the error of a read before it has waited for the child.
//!
//! base: reference
//! verdict: not waited for
//! check: step_1_a_child_that_sends_nothing_is_an_error
//! says: also if a `?` after the fork returns an error

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
/// The system's reason why there was no pipe, no fork or no wait; or that the number did not arrive.
pub fn number_from_child(work: impl FnOnce() -> u64) -> io::Result<u64> {
    let (child, mut pipe) = start(|mut pipe| pipe.write_all(&work().to_ne_bytes()))?;
    let mut bytes = [0; 8];
    pipe.read_exact(&mut bytes)?;
    waitpid(child, None)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// Step 2: calls `work` in a child, and returns the text that the child sends through a pipe.
///
/// # Errors
///
/// The system's reason why there was no pipe, no fork or no wait.
pub fn text_from_child(work: impl FnOnce() -> String) -> io::Result<String> {
    let (child, pipe) = start(|mut pipe| pipe.write_all(work().as_bytes()))?;
    let text = io::read_to_string(pipe); // before the wait: a full pipe holds the child up
    waitpid(child, None)?;
    text
}

/// Forks a child that calls `send` with the write end of a new pipe. Returns the read end.
fn start(send: impl FnOnce(PipeWriter) -> io::Result<()>) -> io::Result<(Pid, PipeReader)> {
    let (reader, writer) = pipe()?;
    // SAFETY: to be called in a process with one thread only, so that the child lacks no thread
    // that holds a lock. Here the checks see to that; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            drop(reader); // if the parent died, writing would fail instead of blocking for ever
            exit(i32::from(send(writer).is_err()))
        }
        // The parent's write end is dropped here, so the end of the child is the end of the pipe.
        ForkResult::Parent { child } => Ok((child, reader)),
    }
}

/// Step 3: sends `question` to a child, and returns what the child makes of it by `answer`.
///
/// # Errors
///
/// The system's reason why there were no sockets, no fork or no wait.
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
    drop(there); // or the answer would have no end
    let text = ask(here, question);
    waitpid(child, None)?; // also when a call of `ask` failed
    text
}

/// The parent's part.
fn ask(mut socket: UnixStream, question: &str) -> io::Result<String> {
    socket.write_all(question.as_bytes())?;
    socket.shutdown(Shutdown::Write)?; // end-of-file for the child; the other way stays open
    io::read_to_string(socket)
}

/// The child's part.
fn reply(mut socket: UnixStream, answer: impl FnOnce(&str) -> String) -> io::Result<()> {
    let question = io::read_to_string(&socket)?;
    socket.write_all(answer(&question).as_bytes())
}
