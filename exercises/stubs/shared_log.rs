//! # shared_log: one log file, many processes
//!
//! Write a log that many processes may write to at the same time, so that no line is torn, lost,
//! or overwritten. There is no process that collects the lines: each writes into the file itself.
//!
//! * [`Log::open`] opens the file, and makes it if there is none. What is in it stays. A program
//!   may open the log before it forks, or in each child, or both. The path is looked up then: the
//!   process may change its folder afterwards.
//! * [`Log::write`] adds a line: the PID of the process that calls it, a space, the message as it is, a
//!   newline. The lines of a process stand in the order in which it wrote them; those of other
//!   processes may stand between them, but never inside.
//! * Each line is one call of the system's write, because between two calls another process may write.
//!   Only when that call has taken a part of the line (the disk is nearly full, a signal came), call it
//!   again for the rest, or return an error: never `Ok` for a part.
//! * When `write` has returned, the line is in the file, and not in this process's memory: it
//!   stays, even if the process is killed the moment after.
//! * A message may be long, far longer than the 4096 bytes (`PIPE_BUF`) up to which a pipe keeps a
//!   write together, and it may take its time while it is formatted: other processes do not wait
//!   for that.
//! * What cannot be opened or written is an error. When a process dies, in whichever moment, the others
//!   can still write.
//! * A newline within a message is written as it is. (The log then has a line without a PID, and that
//!   is the caller's doing.)
//!
//! ```text
//! let log = Log::open(Path::new("shared.log"))?;
//! log.write(format_args!("{} files done", 3))?; // 4711 3 files done
//! ```

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A file of lines that other processes write to as well.
pub struct Log {
    // What does a process need to write a line? It is for you to say.
}

impl Log {
    /// Opens the log at `path`. If there is no file, it is made.
    ///
    /// # Errors
    ///
    /// The system's reason why it did not open the file.
    pub fn open(path: &Path) -> io::Result<Log> {
        todo!("open {path:?}, so that every write goes to the end of the file")
    }

    /// Adds a line: the PID of this process, a space, `message`.
    ///
    /// # Errors
    ///
    /// The system's reason why it did not write.
    pub fn write(&self, message: impl Display) -> io::Result<()> {
        todo!("write the line {} {message}", std::process::id())
    }
}
