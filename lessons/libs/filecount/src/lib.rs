//! What can be said of one file, and of many in a table. Nothing here knows of processes, so the
//! same functions serve a loop, a pool, and an engine on many machines.
//!
//! * [`Characters`]: how many characters a text has, and of which kinds;
//! * [`digits`]: how often each digit appears, and the report on many files;
//! * [`files`]: which files there are.

mod characters;
pub mod digits;
pub mod files;

pub use characters::Characters;

use std::fs::File;
use std::io;
use std::path::Path;

/// Opens a file and refuses what is none: a named pipe may never get a writer, and `/dev/zero` has
/// no end.
fn open(path: &Path) -> io::Result<File> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is neither a file nor a folder"));
    }
    File::open(path)
}

/// How "it cannot be read" is said, with the system's reason.
fn cannot_be_read(reason: &io::Error) -> String {
    format!("cannot be read: {reason}")
}
