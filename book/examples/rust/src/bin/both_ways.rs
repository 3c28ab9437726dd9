//! A socket pair carries bytes both ways, so a question and its answer need one pair, not two pipes.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let (mut here, there) = UnixStream::pair()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    let child = match unsafe { fork() }? {
        ForkResult::Child => {
            drop(here);
            exit(if answer(there).is_ok() { 0 } else { 1 })
        }
        ForkResult::Parent { child } => child,
    };
    drop(there);
    here.write_all(b"seven times six")?;
    here.shutdown(Shutdown::Write)?; // end-of-file for the child; the other way stays open
    let mut reply = String::new();
    here.read_to_string(&mut reply)?;
    println!("parent: the child answered {reply:?}");
    waitpid(child, None)?;
    Ok(())
}

/// Reads the question to its end, and sends the answer back through the same descriptor.
fn answer(mut socket: UnixStream) -> io::Result<()> {
    let mut question = String::new();
    socket.read_to_string(&mut question)?;
    println!("child:  the parent asked {question:?}");
    socket.write_all(b"forty-two")
}
