//! The number is sent as text that ends with the pipe, so nothing shows that a digit is missing.
//!
//! base: lengths_before_texts
//! verdict: check failed
//! check: step_1_half_a_number_is_an_error

use std::io::{self, Read, Write, pipe};
use std::os::unix::net::UnixStream;
use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

fn send(to: &mut impl Write, text: &str) -> io::Result<()> {
    to.write_all(&text.len().to_ne_bytes())?;
    to.write_all(text.as_bytes())
}

fn receive(from: &mut impl Read) -> io::Result<String> {
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::from_ne_bytes(length)];
    from.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// Forks a child that does `work` and ends.
fn child_for(work: impl FnOnce() -> io::Result<()>) -> io::Result<Pid> {
    // SAFETY: this process has one thread; the checks see to that.
    match unsafe { fork()? } {
        ForkResult::Child => exit(work().is_err().into()),
        ForkResult::Parent { child } => Ok(child),
    }
}

pub fn number_from_child(work: impl FnOnce() -> u64) -> io::Result<u64> {
    let (reader, mut writer) = pipe()?;
    let child = child_for(|| write!(writer, "{}", work()))?;
    drop(writer);
    let text = io::read_to_string(reader);
    waitpid(child, None)?;
    text?.parse().map_err(io::Error::other)
}

pub fn text_from_child(work: impl FnOnce() -> String) -> io::Result<String> {
    let (mut reader, mut writer) = pipe()?;
    let child = child_for(|| send(&mut writer, &work()))?;
    drop(writer); // for a child that dies early
    let text = receive(&mut reader);
    waitpid(child, None)?;
    text
}

pub fn ask_child(question: &str, answer: impl FnOnce(&str) -> String) -> io::Result<String> {
    let (mut here, mut there) = UnixStream::pair()?;
    let child = child_for(|| {
        let question = receive(&mut there)?;
        send(&mut there, &answer(&question))
    })?;
    drop(there);
    let text = send(&mut here, question).and_then(|()| receive(&mut here));
    waitpid(child, None)?;
    text
}
