//! Begins the line anew when a signal comes between two parts of it.
//!
//! base: raw_libc
//! verdict: check failed
//! check: a_line_may_be_written_in_many_parts

use std::ffi::CString;
use std::fmt::Display;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub struct Log {
    descriptor: OwnedFd,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let flags = libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | libc::O_CLOEXEC;
        // SAFETY: the path ends with a zero byte and lives until the call has returned.
        let descriptor = unsafe { libc::open(path.as_ptr(), flags, 0o666) };
        if descriptor == -1 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given this descriptor to us.
        Ok(Log { descriptor: unsafe { OwnedFd::from_raw_fd(descriptor) } })
    }

    pub fn write(&self, message: impl Display) -> io::Result<()> {
        let line = format!("{} {message}\n", std::process::id());
        let mut rest = line.as_bytes();
        while !rest.is_empty() {
            let (start, length) = (rest.as_ptr().cast(), rest.len());
            // SAFETY: the bytes live until the call has returned.
            let written = unsafe { libc::write(self.descriptor.as_raw_fd(), start, length) };
            match usize::try_from(written) {
                Ok(written) => rest = &rest[written..],
                Err(_) => {
                    let error = io::Error::last_os_error();
                    if error.kind() != io::ErrorKind::Interrupted {
                        return Err(error);
                    }
                    rest = line.as_bytes();
                }
            }
        }
        Ok(())
    }
}
