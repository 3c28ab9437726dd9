//! Asks for the PID once, when the log is opened: the lines of all children seem to be their parent's.
//!
//! base: reference
//! verdict: check failed
//! check: the_pid_is_that_of_the_writer

use std::cell::RefCell;
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

pub struct Log {
    file: File,
    pid: u32,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file, pid: std::process::id() })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let line = format!("{} {message}\n", self.pid);
        (&self.file).write_all(line.as_bytes())
    }
}
