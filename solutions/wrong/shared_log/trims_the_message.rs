//! Takes spaces from the ends of a message.
//!
//! base: reference
//! verdict: check failed
//! check: a_message_is_written_as_it_is

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A file of lines that other processes write to as well.
pub struct Log {
    file: File,
}

impl Log {
    /// Opens the log at `path`. If there is no file, it is made.
    ///
    /// # Errors
    ///
    /// The system's reason why it did not open the file.
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file })
    }

    /// Adds a line: the PID of this process, a space, `message`.
    ///
    /// # Errors
    ///
    /// The system's reason why it did not write.
    pub fn write(&self, message: impl Display) -> io::Result<()> {
        // First the whole line, in this process's memory; a `writeln!` into the file would write
        // each piece as it is formatted. The PID is asked for now: after a fork it is another.
        let line = format!("{} {}\n", std::process::id(), message.to_string().trim());
        // Then one write. (`write_all` would go on after a part, as on a disk that is nearly full:
        // such a line may be torn, but there is nothing better to do with the rest of it.)
        (&self.file).write_all(line.as_bytes())
    }
}
