//! A pipe ends not when its writer has ended, but when no process holds its write end any more.
//!
//! The child sends a word and ends, and the parent waits for it. Then the parent checks whether
//! the pipe has ended. With `parent`, `sibling` or `grandchild` as argument, that process still
//! holds a write end, which is the HAZARD.

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::process::exit;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::wait::{wait, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// A process that holds a write end for too long does so until this pipe has ended.
type Gate = (PipeReader, Option<PipeWriter>);

fn main() -> io::Result<()> {
    let holder = std::env::args().nth(1).unwrap_or_default();
    let (mut reader, writer) = io::pipe()?;
    let (waiting, open) = io::pipe()?;
    let mut gate = (waiting, Some(open));
    let child = fork_child(|| {
        let sent = (&writer).write_all(b"hello");
        let held = if holder == "grandchild" { fork_holder(&mut gate).map(drop) } else { Ok(()) };
        sent.and(held)
    })?;
    if holder == "sibling" {
        fork_holder(&mut gate)?; // has a copy of `writer`, like any child forked from here on
    }
    let kept = (holder == "parent").then_some(writer); // or else it is dropped, here
    waitpid(child, None)?;
    look(&mut reader)?;
    drop((kept, gate));
    while wait().is_ok() {} // the sibling
    Ok(())
}

/// Reads what is there, and prints what comes after it, without blocking.
fn look(reader: &mut PipeReader) -> io::Result<()> {
    fcntl(&*reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?; // fails where it would block
    let mut word = [0; 5];
    reader.read_exact(&mut word)?;
    println!("the child has ended; it sent {:?}", String::from_utf8_lossy(&word));
    match reader.read(&mut word) {
        Ok(0) => println!("then: end-of-file"),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            println!("then: nothing. Some process still holds a write end, so a read would block");
        }
        other => println!("then: {other:?}"),
    }
    Ok(())
}

/// Forks a process that does nothing until the gate ends.
fn fork_holder(gate: &mut Gate) -> io::Result<Pid> {
    fork_child(|| {
        drop(gate.1.take()); // with its own copy of this end it would wait for itself
        gate.0.read_to_end(&mut Vec::new()).map(drop)
    })
}

fn fork_child(life: impl FnOnce() -> io::Result<()>) -> io::Result<Pid> {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => exit(if life().is_ok() { 0 } else { 1 }),
        ForkResult::Parent { child } => Ok(child),
    }
}
