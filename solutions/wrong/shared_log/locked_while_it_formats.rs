//! Opens and locks the file for each line, which keeps it whole; but it holds the lock while the
//! message is formatted, and all others wait for that.
//!
//! base: reference
//! verdict: timed out
//! check: a_slow_message_is_not_torn

use std::cell::RefCell;
use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

pub struct Log {
    path: std::path::PathBuf,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Log { path: path.to_owned() })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let file = OpenOptions::new().append(true).open(&self.path)?;
        file.lock()?;
        writeln!(&file, "{} {message}", std::process::id())
    }
}
