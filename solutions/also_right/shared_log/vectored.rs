//! One call for three pieces, so that the message need not be copied into the line.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::path::Path;

pub struct Log {
    file: File,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        Ok(Log { file: OpenOptions::new().append(true).create(true).open(path)? })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let pid = format!("{} ", std::process::id());
        let message = message.to_string();
        let mut pieces = [pid.as_bytes(), message.as_bytes(), b"\n"].map(IoSlice::new);
        let mut rest = &mut pieces[..];
        while !rest.is_empty() {
            match (&self.file).write_vectored(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => IoSlice::advance_slices(&mut rest, count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
