//! How much a pipe holds: it is filled until a write would block.
//!
//! An argument N opens N pipes before the one that is measured.

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Write};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

fn main() -> io::Result<()> {
    let others = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(0);
    let others: Vec<(PipeReader, PipeWriter)> =
        (0..others).map(|_| io::pipe()).collect::<io::Result<_>>()?;
    let (_reader, writer) = io::pipe()?;
    println!("pipe number {} holds {} bytes", others.len() + 1, capacity(&writer)?);
    Ok(())
}

/// Writes byte after byte, without blocking, until the pipe is full.
fn capacity(mut pipe: &PipeWriter) -> io::Result<usize> {
    fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?; // fails where it would block
    let mut bytes = 0;
    loop {
        match pipe.write(b"x") {
            Ok(written) => bytes += written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(bytes),
            Err(error) => return Err(error),
        }
    }
}
