//! # shared_log: one log file, many processes
//!
//! Write a log to which many processes can write at the same time, without any line being torn,
//! lost or overwritten. There is no process that collects the lines: each process writes to the
//! file itself.
//!
//! * [`Log::open`] opens the file, or creates it if it does not exist. The contents of an existing
//!   file are kept. A program may open the log before the fork, in each child, or both. `open`
//!   resolves the path, so the process may change its working directory afterwards.
//! * [`Log::write`] adds a line that consists of the PID of the calling process, a space, the
//!   unchanged message, and a newline. The lines of one process are in the order in which it wrote
//!   them. Lines of other processes may be between them, but never inside them.
//! * Each line is written by one `write` system call, because another process may write between two
//!   calls. If that call writes only part of the line (the disk is nearly full, or a signal
//!   arrived), either call it again for the rest or return an error. Never return `Ok` for part of
//!   a line.
//! * When `write` has returned, the line is in the file and no longer in this process's memory, so
//!   it is kept even if the process is killed immediately afterwards.
//! * A message may be far longer than 4096 bytes (`PIPE_BUF`), the limit up to which a pipe keeps
//!   one write together. Formatting a message may take time, and other processes must not have to
//!   wait for it.
//! * If the file cannot be opened or the line cannot be written, return an error. When a process
//!   dies, at any moment, the others must still be able to write.
//! * A newline within a message is written unchanged. (The log then contains a line without a PID,
//!   for which the caller is responsible.)
//!
//! ```text
//! let log = Log::open(Path::new("shared.log"))?;
//! log.write(format_args!("{} files done", 3))?; // 4711 3 files done
//! ```

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A file of lines to which other processes write too.
pub struct Log {
    // What does a process need in order to write a line? Choose the fields yourself.
}

impl Log {
    /// Opens the log at `path`. Creates the file if it does not exist.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Log> {
        todo!("open {path:?} so that every write goes to the end of the file")
    }

    /// Adds a line: the PID of this process, a space, `message`.
    ///
    /// # Errors
    ///
    /// Fails if the line cannot be written.
    pub fn write(&self, message: impl Display) -> io::Result<()> {
        todo!("write the line {} {message}", std::process::id())
    }
}
