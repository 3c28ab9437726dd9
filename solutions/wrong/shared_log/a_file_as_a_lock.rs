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
        // First format the whole line in memory, because `writeln!` to the file would write each
        // piece as it is formatted. Get the PID now, because it is different after a fork.
        let line = format!("{} {message}\n", std::process::id());
        // Then write once. (`write_all` continues after a partial write, as on a nearly full disk.
        // Such a line may be torn, but the rest of it has to be written somewhere.)
        while File::create_new("lock").is_err() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let written = (&self.file).write_all(line.as_bytes());
        std::fs::remove_file("lock")?;
        written
    }
}
