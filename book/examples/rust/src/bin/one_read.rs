//! A pipe is a stream of bytes: it does not record where one write ended and the next began.

use std::io::{self, Read, Write};
use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    for room in [100, 4] {
        let (mut reader, mut writer) = io::pipe()?;
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => {
                let sent = writer.write_all(b"abc").and_then(|()| writer.write_all(b"def"));
                exit(if sent.is_ok() { 0 } else { 1 })
            }
            // The child has ended here. While it runs, a read may also find "abc" alone.
            ForkResult::Parent { child } => {
                drop(writer);
                waitpid(child, None)?;
            }
        }
        let mut buffer = vec![0; room];
        while let read @ 1.. = reader.read(&mut buffer)? {
            println!("room for {room} bytes: read {:?}", String::from_utf8_lossy(&buffer[..read]));
        }
    }
    Ok(())
}
