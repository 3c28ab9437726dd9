//! At most a megabyte at once.
//!
//! base: reference
//! verdict: check failed
//! check: a_line_is_one_call_of_write

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A file of lines to which other processes write too.
pub struct Log {
    file: File,
}

impl Log {
    /// Opens the log at `path`. Creates the file if it does not exist.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file })
    }

    /// Adds a line: the PID of this process, a space, `message`.
    ///
    /// # Errors
    ///
    /// Fails if the line cannot be written.
    pub fn write(&self, message: impl Display) -> io::Result<()> {
        // First format the whole line in memory, because `writeln!` to the file would write each
        // piece as it is formatted. Get the PID now, because it is different after a fork.
        let line = format!("{} {message}\n", std::process::id());
        // Then write once. (`write_all` continues after a partial write, as on a nearly full disk.
        // Such a line may be torn, but the rest of it has to be written somewhere.)
        line.as_bytes().chunks(1 << 20).try_for_each(|piece| (&self.file).write_all(piece))
    }
}
