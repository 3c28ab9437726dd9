//! One write, and what it returns is not looked at: half a line is reported as a line.
//!
//! base: reference
//! verdict: check failed
//! check: a_part_of_a_line_is_not_a_line
//! says: or an error

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

pub struct Log {
    file: File,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        // First format the whole line in memory, because `writeln!` to the file would write each
        // piece as it is formatted. Get the PID now, because it is different after a fork.
        let line = format!("{} {message}\n", std::process::id());
        // Then write once. (`write_all` continues after a partial write, as on a nearly full disk.
        // Such a line may be torn, but the rest of it has to be written somewhere.)
        (&self.file).write(line.as_bytes())?;
        Ok(())
    }
}
