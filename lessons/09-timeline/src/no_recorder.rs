//! Replaces the recorder on systems that have none.

use std::ffi::OsString;
use std::io;

use lesson_cli::Failure;
use timeline::Event;

/// The same as the recorder's.
pub(crate) struct Recording {
    pub(crate) events: Vec<Event>,
    pub(crate) exit_code: u8,
    pub(crate) not_run: Option<io::Error>,
}

/// Says what is missing.
pub(crate) fn record(_command: Vec<OsString>, _poll: bool) -> Result<Recording, Failure> {
    let reason = "recording needs Linux with glibc; drawing a recording (--from FILE) does not";
    Err(Failure::Other(reason.to_owned()))
}
