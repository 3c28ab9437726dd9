//! Writes at most 4096 bytes at a time, because so much is atomic in a pipe.
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
        let line = format!("{} {message}\n", std::process::id());
        line.as_bytes().chunks(4096).try_for_each(|piece| (&self.file).write_all(piece))
    }
}
