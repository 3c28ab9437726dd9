//! What two processes tell each other before they trust the connection.
//!
//! timely would accept any process that connects. One that was started with another `-w` or other
//! files would cause a wrong report or a run that hangs, without any hint about the reason.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// Identifies the lesson, and the version of the handshake.
const MAGIC: u64 = u64::from_be_bytes(*b"digits-1");

/// The first message in both directions: the arguments with which its sender was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handshake {
    /// Which process this is.
    pub(crate) process: u64,
    /// `-n`
    pub(crate) processes: u64,
    /// `-w`
    pub(crate) workers: u64,
    /// A number for the list of files, or 0 for `--own`.
    pub(crate) files: u64,
}

impl Handshake {
    /// Sends it as five numbers of eight bytes, in network byte order (the highest byte first),
    /// because machines differ in theirs.
    pub(crate) fn send(self, mut to: &TcpStream) -> io::Result<()> {
        let numbers = [MAGIC, self.process, self.processes, self.workers, self.files];
        to.write_all(&numbers.map(u64::to_be_bytes).concat())
    }

    /// Reads what the other side sent.
    ///
    /// # Errors
    ///
    /// `InvalidData` if this is not a handshake.
    pub(crate) fn receive(mut from: &TcpStream) -> io::Result<Self> {
        let mut number = || {
            let mut bytes = [0; 8];
            from.read_exact(&mut bytes).map(|()| u64::from_be_bytes(bytes))
        };
        if number()? != MAGIC {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let [process, processes, workers, files] = [number()?, number()?, number()?, number()?];
        Ok(Handshake { process, processes, workers, files })
    }

    /// The first argument in which the other process differs, if the two do not match.
    pub(crate) fn mismatch(&self, other: &Handshake) -> Option<&'static str> {
        if self.processes != other.processes {
            Some("different numbers of processes (-n, or the lines of the -h file)")
        } else if self.workers != other.workers {
            Some("different numbers of workers (-w)")
        } else if (self.files == 0) != (other.files == 0) {
            Some("only one of them has --own; give it to all or to none")
        } else if self.files != other.files {
            Some("different files; without --own, all need the same list")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDSHAKE: Handshake = Handshake { process: 1, processes: 3, workers: 2, files: 77 };

    #[test]
    fn what_fits_and_what_does_not() {
        assert_eq!(HANDSHAKE.mismatch(&Handshake { process: 2, ..HANDSHAKE }), None);
        let mismatches = [
            (Handshake { processes: 4, ..HANDSHAKE }, "-n"),
            (Handshake { workers: 1, ..HANDSHAKE }, "-w"),
            (Handshake { files: 0, ..HANDSHAKE }, "has --own"),
            (Handshake { files: 78, ..HANDSHAKE }, "different files"),
        ];
        for (other, word) in mismatches {
            let said = HANDSHAKE.mismatch(&other).unwrap_or_default();
            assert!(said.contains(word), "{said}");
        }
    }
}
