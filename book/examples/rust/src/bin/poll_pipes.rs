//! One parent, three children, three pipes: `poll` blocks until one of them has something to read.
//!
//! Each child blocks until the parent releases it: the third child first, then the second, then
//! the first. The parent learns of each result at once, although it does not know which is next.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::process::exit;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};

/// The parent's ends of the two pipes that it has with a child.
struct Child {
    number: u8,
    results: PipeReader,
    gate: PipeWriter,
}

fn main() -> io::Result<()> {
    let mut children: Vec<Child> = (1..=3).map(start).collect::<io::Result<_>>()?;
    while let Some(last) = children.last_mut() {
        last.gate.write_all(b"!")?; // the last of the remaining children may send now
        until_one_has_ended(&mut children)?;
    }
    while wait().is_ok() {}
    Ok(())
}

/// Reads from whichever child has sent something, until one of the pipes is at its end.
fn until_one_has_ended(children: &mut Vec<Child>) -> io::Result<()> {
    loop {
        let index = readable(children)?;
        let (number, mut word) = (children[index].number, [0; 100]);
        let length = children[index].results.read(&mut word)?; // after poll, this does not block
        if length == 0 {
            println!("pipe {number}: end-of-file");
            children.remove(index);
            return Ok(());
        }
        println!("pipe {number}: {:?}", String::from_utf8_lossy(&word[..length]));
    }
}

/// Blocks until one of the pipes has bytes or is at its end, and returns which.
fn readable(children: &[Child]) -> io::Result<usize> {
    let ask = |child| PollFd::new(child, PollFlags::POLLIN);
    let mut asked: Vec<PollFd> = children.iter().map(|child| ask(child.results.as_fd())).collect();
    poll(&mut asked, PollTimeout::NONE)?;
    let ready = asked.iter().position(|answer| answer.any() == Some(true));
    ready.ok_or_else(|| io::Error::other("poll returned, but nothing is ready"))
}

/// Forks a child that waits at its gate, sends a word and ends.
fn start(number: u8) -> io::Result<Child> {
    let (results, mut sender) = io::pipe()?;
    let (mut waiting, gate) = io::pipe()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop((results, gate));
            let let_go = waiting.read_exact(&mut [0]);
            let word = format!("result {number}");
            exit(if let_go.and_then(|()| sender.write_all(word.as_bytes())).is_ok() {
                0
            } else {
                1
            })
        }
        ForkResult::Parent { .. } => Ok(Child { number, results, gate }),
    }
}
