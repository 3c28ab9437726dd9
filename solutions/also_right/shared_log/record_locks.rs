//! A lock of fcntl on the whole file, which belongs to a process, and a write at its end. No `O_APPEND`.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

pub struct Log {
    file: File,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        Ok(Log { file })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let line = format!("{} {message}\n", std::process::id());
        self.lock(libc::F_WRLCK)?;
        let written = self.file.metadata().and_then(|it| self.file.write_all_at(line.as_bytes(), it.len()));
        let unlocked = self.lock(libc::F_UNLCK);
        written.and(unlocked)
    }

    fn lock(&self, kind: i32) -> io::Result<()> {
        // SAFETY: all fields may be 0: the whole file.
        let mut lock: libc::flock = unsafe { std::mem::zeroed() };
        lock.l_type = kind as libc::c_short;
        lock.l_whence = libc::SEEK_SET as libc::c_short;
        loop {
            // SAFETY: the structure lives through the call.
            match unsafe { libc::fcntl(self.file.as_raw_fd(), libc::F_SETLKW, &raw const lock) } {
                -1 => match io::Error::last_os_error() {
                    error if error.kind() == io::ErrorKind::Interrupted => {}
                    error => return Err(error),
                },
                _ => return Ok(()),
            }
        }
    }
}
