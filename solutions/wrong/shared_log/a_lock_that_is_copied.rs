//! A mutex orders threads. Each process has a copy of it, and nobody ever waits.
//!
//! base: reference
//! verdict: check failed
//! check: a_slow_message_is_not_torn
//! says: half, 

use std::cell::RefCell;
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

pub struct Log {
    file: Mutex<File>,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file: Mutex::new(file) })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let mut file = self.file.lock().unwrap();
        writeln!(file, "{} {message}", std::process::id())
    }
}
