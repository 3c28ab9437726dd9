//! What comes out of a pipe or socket, read as it comes.

use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::read;

/// One end of a pipe, and what came out of it.
pub(super) struct Stream {
    pub(super) pipe: OwnedFd,
    pub(super) bytes: Vec<u8>,
    /// A process can still write.
    pub(super) open: bool,
}

impl Stream {
    pub(super) fn new(pipe: OwnedFd) -> nix::Result<Stream> {
        fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(Stream { pipe, bytes: Vec::new(), open: true })
    }

    /// Reads what is there, but stops soon after `most` bytes.
    pub(super) fn take(&mut self, most: usize) {
        let mut buffer = [0; 16 << 10];
        while self.open && self.bytes.len() <= most {
            match read(&self.pipe, &mut buffer) {
                Ok(0) => self.open = false,
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(Errno::EINTR) => {}
                Err(_) => return, // EAGAIN: nothing there now
            }
        }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
