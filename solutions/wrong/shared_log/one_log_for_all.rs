//! The file that was opened first is kept for all logs of the process.
//!
//! base: reference
//! verdict: descriptors left open
//! check: a_line_is_pid_and_message

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

pub struct Log {
    file: File,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        static FILE: std::sync::OnceLock<File> = std::sync::OnceLock::new();
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file: FILE.get_or_init(|| file).try_clone()? })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        // First format the whole line in memory, because `writeln!` to the file would write each
        // piece as it is formatted. Get the PID now, because it is different after a fork.
        let line = format!("{} {message}\n", std::process::id());
        // Then write once. (`write_all` continues after a partial write, as on a nearly full disk.
        // Such a line may be torn, but the rest of it has to be written somewhere.)
        (&self.file).write_all(line.as_bytes())
    }
}
