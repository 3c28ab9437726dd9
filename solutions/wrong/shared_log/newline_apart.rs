//! Writes the text with one call and the newline with another.
//!
//! base: reference
//! verdict: check failed
//! check: a_line_is_one_call_of_write
//! says: calls of write

use std::cell::RefCell;
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

pub struct Log {
    file: File,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let line = format!("{} {message}", std::process::id());
        (&self.file).write_all(line.as_bytes())?;
        (&self.file).write_all(b"\n")
    }
}
