//! `writeln!` into a file calls write for each piece, and others write between the pieces.
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
    file: File,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        writeln!(&self.file, "{} {message}", std::process::id())
    }
}
