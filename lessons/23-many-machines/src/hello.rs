//! What two processes tell each other before they trust the connection.
//!
//! timely would take whoever connects. One started with another `-w` or other files would make a
//! wrong report or a hanging run, and nobody would know why.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// Says that this is the lesson, and which version of the greeting.
const MAGIC: u64 = u64::from_be_bytes(*b"digits-1");

/// A greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hello {
    /// Which process this is.
    pub(crate) process: u64,
    /// `-n`
    pub(crate) processes: u64,
    /// `-w`
    pub(crate) workers: u64,
    /// A number for the list of files, or 0 for `--own`.
    pub(crate) files: u64,
}

impl Hello {
    /// Sends it, as five numbers of eight bytes, the highest first: what the network calls its
    /// order, for machines differ in theirs.
    pub(crate) fn send(self, mut to: &TcpStream) -> io::Result<()> {
        let numbers = [MAGIC, self.process, self.processes, self.workers, self.files];
        to.write_all(&numbers.map(u64::to_be_bytes).concat())
    }

    /// Reads what the other side sent.
    ///
    /// # Errors
    ///
    /// `InvalidData` if that is no greeting.
    pub(crate) fn receive(mut from: &TcpStream) -> io::Result<Self> {
        let mut number = || {
            let mut bytes = [0; 8];
            from.read_exact(&mut bytes).map(|()| u64::from_be_bytes(bytes))
        };
        if number()? != MAGIC {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let [process, processes, workers, files] = [number()?, number()?, number()?, number()?];
        Ok(Hello { process, processes, workers, files })
    }

    /// What the other one was told otherwise, if they do not fit together.
    pub(crate) fn misfit(&self, other: &Hello) -> Option<&'static str> {
        if self.processes != other.processes {
            Some("another number of processes (-n, or the lines of its -h file)")
        } else if self.workers != other.workers {
            Some("another number of workers (-w)")
        } else if (self.files == 0) != (other.files == 0) {
            Some("--own, or this one was: give it to all or to none")
        } else if self.files != other.files {
            Some("other files; without --own, all need the same list")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: Hello = Hello { process: 1, processes: 3, workers: 2, files: 77 };

    #[test]
    fn what_fits_and_what_does_not() {
        assert_eq!(HELLO.misfit(&Hello { process: 2, ..HELLO }), None);
        let misfits = [
            (Hello { processes: 4, ..HELLO }, "-n"),
            (Hello { workers: 1, ..HELLO }, "-w"),
            (Hello { files: 0, ..HELLO }, "--own, or"),
            (Hello { files: 78, ..HELLO }, "other files"),
        ];
        for (other, word) in misfits {
            let said = HELLO.misfit(&other).unwrap_or_default();
            assert!(said.contains(word), "{said}");
        }
    }
}
