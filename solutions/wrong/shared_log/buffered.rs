//! Lines wait in a buffer, which is lost with the process.
//!
//! base: reference
//! verdict: check failed
//! check: a_line_survives_its_writer

use std::cell::RefCell;
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

pub struct Log {
    file: RefCell<BufWriter<File>>,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { file: RefCell::new(BufWriter::new(file)) })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let mut file = self.file.borrow_mut();
        writeln!(file, "{} {message}", std::process::id())
    }
}
