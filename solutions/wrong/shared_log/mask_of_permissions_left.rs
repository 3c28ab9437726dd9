//! The mask of permissions is cleared, so that other users can write, and left so.
//!
//! base: reference
//! verdict: left changed
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
        nix::sys::stat::umask(nix::sys::stat::Mode::empty());
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        // First the whole line, in this process's memory; a `writeln!` into the file would write
        // each piece as it is formatted. The PID is asked for now: after a fork it is another.
        let line = format!("{} {message}\n", std::process::id());
        // Then one write. (`write_all` would go on after a part, as on a disk that is nearly full:
        // such a line may be torn, but there is nothing better to do with the rest of it.)
        (&self.file).write_all(line.as_bytes())
    }
}
