//! What the child sends stands in a file in memory, which the parent reads when the child has ended. Question and
//! answer go through sockets that do not block, with poll.
//!
//! only: linux

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::exit;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

pub fn number_from_child(work: impl FnOnce() -> u64) -> io::Result<u64> {
    let bytes = bytes_from_child(|| work().to_be_bytes().to_vec())?;
    let bytes = bytes.try_into().map_err(|_| io::Error::from(ErrorKind::UnexpectedEof))?;
    Ok(u64::from_be_bytes(bytes))
}

pub fn text_from_child(work: impl FnOnce() -> String) -> io::Result<String> {
    String::from_utf8(bytes_from_child(|| work().into_bytes())?).map_err(io::Error::other)
}

fn bytes_from_child(work: impl FnOnce() -> Vec<u8>) -> io::Result<Vec<u8>> {
    let mut file = File::from(memfd_create(c"from a child", MFdFlags::MFD_CLOEXEC)?);
    let child = start(|| (&file).write_all(&work()))?;
    waitpid(child, None)?;
    file.rewind()?; // the two processes share the place in the file
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn start(work: impl FnOnce() -> io::Result<()>) -> io::Result<Pid> {
    // SAFETY: this process has one thread; the checks see to that.
    match unsafe { fork()? } {
        ForkResult::Child => exit(work().is_err().into()),
        ForkResult::Parent { child } => Ok(child),
    }
}

pub fn ask_child(question: &str, answer: impl FnOnce(&str) -> String) -> io::Result<String> {
    let (here, there) = UnixStream::pair()?;
    // SAFETY: this process has one thread; the checks see to that.
    let child = match unsafe { fork()? } {
        ForkResult::Child => {
            drop(here);
            let question = io::read_to_string(&there);
            let sent = question.and_then(|text| (&there).write_all(answer(&text).as_bytes()));
            exit(sent.is_err().into())
        }
        ForkResult::Parent { child } => child,
    };
    drop(there);
    let text = ask(here, question.as_bytes());
    waitpid(child, None)?;
    String::from_utf8(text?).map_err(io::Error::other)
}

/// Writes as long as there is something to write, and reads whatever comes.
fn ask(mut socket: UnixStream, mut question: &[u8]) -> io::Result<Vec<u8>> {
    socket.set_nonblocking(true)?;
    let mut answer = Vec::new();
    if question.is_empty() {
        socket.shutdown(Shutdown::Write)?;
    }
    loop {
        let out = if question.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
        poll(&mut [PollFd::new(socket.as_fd(), PollFlags::POLLIN | out)], PollTimeout::NONE)?;
        if !question.is_empty() {
            match socket.write(question) {
                Ok(written) => question = &question[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            if question.is_empty() {
                socket.shutdown(Shutdown::Write)?;
            }
        }
        let mut part = [0; 4096];
        match socket.read(&mut part) {
            Ok(0) => return Ok(answer),
            Ok(read) => answer.extend_from_slice(&part[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
