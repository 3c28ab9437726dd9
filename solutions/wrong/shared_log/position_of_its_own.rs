//! Goes to the end of the file once, when it opens it. From there each process overwrites the others.
//!
//! base: reference
//! verdict: check failed
//! check: every_process_opens_the_log_for_itself

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
        let mut file = OpenOptions::new().write(true).create(true).open(path)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Log { file })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let line = format!("{} {message}\n", std::process::id());
        (&self.file).write_all(line.as_bytes())
    }
}
