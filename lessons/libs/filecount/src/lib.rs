//! What can be counted in one file, and the table for many files. Nothing here knows about
//! processes, so the same functions serve a loop, a pool, and an engine on many machines.
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
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A larger file is not stored text. `/proc/kcore`, which is all memory that the kernel can
/// address, reports a size of 128 TiB.
const LARGEST: u64 = 64 << 40;

/// Opens a file and refuses anything else: a named pipe may never get a writer, and `/dev/zero` has
/// no end. Files in `/proc` may wait for an event; with `O_NONBLOCK` they give an error instead.
fn open(path: &Path) -> io::Result<File> {
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    match file.metadata()? {
        what if !what.is_file() => Err(io::Error::other("it is neither a file nor a folder")),
        what if what.len() > LARGEST => Err(io::Error::other("it claims to be larger than 64 TiB")),
        _ => Ok(file),
    }
}

/// How "it cannot be read" is said, with the system's reason.
fn cannot_be_read(reason: &io::Error) -> String {
    format!("cannot be read: {reason}")
}
