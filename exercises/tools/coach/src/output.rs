//! Standard output of the commands.

use std::io::{self, Write};

use anyhow::{Context, Result};

/// Prints. A reader who has gone away, as behind `| head`, is no reason to fail.
///
/// # Errors
///
/// If it cannot be written, because the disk is full, say.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}
