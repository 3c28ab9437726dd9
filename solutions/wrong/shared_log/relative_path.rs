//! Keeps the path as it was given, and looks it up anew for each line.
//!
//! base: error_for_a_part
//! verdict: check failed
//! check: the_process_may_change_its_folder
//! says: second log

use std::fmt::{Display, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub struct Log {
    path: PathBuf,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let log = Log { path: path.to_owned() };
        log.file()?;
        Ok(log)
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let mut line = String::new();
        writeln!(line, "{} {message}", std::process::id()).map_err(io::Error::other)?;
        let mut file = self.file()?;
        file.lock()?; // given back when the file is closed, also by a death
        match file.write(line.as_bytes())? {
            all if all == line.len() => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    fn file(&self) -> io::Result<File> {
        OpenOptions::new().append(true).create(true).open(&self.path)
    }
}
