//! One pipe between a parent and its child. A run shows:
//!
//! * a pipe has two ends, and a fork copies both: two processes now hold two ends each;
//! * bytes stay in the pipe after the child that wrote them has ended;
//! * no end-of-file when the child ends: the parent holds a write end too, and could still write;
//! * end-of-file comes as soon as the last write end is closed.
//!
//! With `--hold` the parent reads to the end without closing its write end, so it waits for itself.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::process::{ExitCode, exit};

use lesson_cli::{Args, Failure, say};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, getpid};

const USAGE: &str = "\
One pipe, its two ends, and a reader that never gets end-of-file.

Usage: lesson-pipes [--hold]
Example: cargo run -p lesson-pipes -- --hold

  --hold   HAZARD: read to the end while holding the write end. This hangs:
           end it with Ctrl-C
  --help   show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let hold = args.flag("--hold");
    args.finish()?;

    let (reader, writer) = pipe().map_err(|error| Failure::system("pipe", error))?;
    say!("parent {}: I made a pipe, and hold its read end and write end", getpid());
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() } {
        Err(errno) => Err(Failure::system("fork", errno)),
        Ok(ForkResult::Child) => child(reader, writer),
        Ok(ForkResult::Parent { child }) => parent(child, reader, writer, hold),
    }
}

/// The child holds copies of both ends, but needs only one.
fn child(reader: PipeReader, mut writer: PipeWriter) -> ! {
    say!("child  {}: the fork copied both ends; I close the read end and write", getpid());
    drop(reader);
    let sent = writer.write_all(b"hello");
    exit(if sent.is_ok() { 0 } else { 1 }) // when a process ends, its pipe ends are closed
}

/// Reads the child's message, waits for the child, and checks for the end of the pipe.
fn parent(child: Pid, mut pipe: PipeReader, writer: PipeWriter, hold: bool) -> Result<(), Failure> {
    let mut word = [0; 5];
    let read = pipe.read_exact(&mut word);
    waitpid(child, None).map_err(|errno| Failure::system("waitpid", errno))?;
    read.map_err(|error| Failure::system("reading the pipe", error))?;
    let (me, word) = (getpid(), String::from_utf8_lossy(&word));
    say!("parent {me}: I read {word:?} from child {child}, which has ended");
    if hold {
        say!("parent {me}: HAZARD: I read again while I hold the write end");
        pipe.read_to_end(&mut Vec::new()).map_err(|error| Failure::system("read", error))?;
    }
    say!("parent {me}: next in the pipe: {}", next(&pipe)?);
    drop(writer);
    say!("parent {me}: I closed my write end; next in the pipe: {}", next(&pipe)?);
    Ok(())
}

/// What a read would return, found out without reading, because a read might block.
fn next(pipe: &PipeReader) -> Result<&'static str, Failure> {
    let mut ask = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    let ready = poll(&mut ask, PollTimeout::ZERO).map_err(|e| Failure::system("poll", e))?;
    Ok(if ready == 0 { "nothing, so a read would block" } else { "end-of-file" })
}
