//! The parent's ends do not block: it waits for both directions at once, with poll.

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::exit;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{Shutdown, shutdown};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, read, write};

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
    let text = converse(pipe.as_fd(), b""); // before the wait, because a full pipe blocks the child
    waitpid(child, None)?;
    text
}

/// Forks a child that calls `send` with the write end of a new pipe. Returns the read end.
fn start(send: impl FnOnce(PipeWriter) -> io::Result<()>) -> io::Result<(Pid, PipeReader)> {
    let (reader, writer) = pipe()?;
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
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
fn ask(socket: UnixStream, question: &str) -> io::Result<String> {
    let socket = OwnedFd::from(socket);
    converse(socket.as_fd(), question.as_bytes())
}

/// Writes `question` when there is room for some of it, and reads to end-of-file.
fn converse(descriptor: BorrowedFd<'_>, question: &[u8]) -> io::Result<String> {
    fcntl(descriptor, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    let (mut left, mut text, mut buffer) = (question, Vec::new(), [0; 4096]);
    if left.is_empty() {
        let _ = shutdown(descriptor.as_raw_fd(), Shutdown::Write); // a pipe cannot, and need not
    }
    loop {
        let writes = if left.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
        match poll(&mut [PollFd::new(descriptor, PollFlags::POLLIN | writes)], PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        if !left.is_empty() {
            left = &left[unless_it_blocks(write(descriptor, left))?.unwrap_or(0)..];
            if left.is_empty() {
                shutdown(descriptor.as_raw_fd(), Shutdown::Write)?;
            }
        }
        match unless_it_blocks(read(descriptor, &mut buffer))? {
            Some(0) => break,
            Some(count) => text.extend(&buffer[..count]),
            None => {}
        }
    }
    String::from_utf8(text).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn unless_it_blocks(result: nix::Result<usize>) -> nix::Result<Option<usize>> {
    match result {
        Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
        result => result.map(Some),
    }
}

/// The child's part.
fn reply(mut socket: UnixStream, answer: impl FnOnce(&str) -> String) -> io::Result<()> {
    let question = io::read_to_string(&socket)?;
    socket.write_all(answer(&question).as_bytes())
}
