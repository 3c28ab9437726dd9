//! Whoever has made a file may write. A process that dies leaves it behind, and the others wait
//! for ever.
//!
//! base: reference
//! verdict: timed out
//! check: a_writer_may_die_at_any_moment

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
        // First the whole line, in this process's memory; a `writeln!` into the file would write
        // each piece as it is formatted. The PID is asked for now: after a fork it is another.
        let line = format!("{} {message}\n", std::process::id());
        // Then one write. (`write_all` would go on after a part, as on a disk that is nearly full:
        // such a line may be torn, but there is nothing better to do with the rest of it.)
        while File::create_new("lock").is_err() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let written = (&self.file).write_all(line.as_bytes());
        std::fs::remove_file("lock")?;
        written
    }
}
