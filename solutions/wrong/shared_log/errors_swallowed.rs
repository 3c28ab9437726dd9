//! A log should not stop the program, so nobody learns that nothing was written.
//!
//! base: reference
//! verdict: check failed
//! check: an_error_is_reported

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
        let _ = (&self.file).write_all(line.as_bytes());
        Ok(())
    }
}
