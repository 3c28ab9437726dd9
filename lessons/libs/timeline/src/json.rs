//! A recording as text: one event a line, as JSON (<https://jsonlines.org>).
//!
//! Every line has `us`, the microseconds since the recording began; `pid`, the process it is
//! about; and `event`, what happened: one of the names of [`Kind`](crate::Kind), in lower case.
//! The other fields are those of that variant, and the optional ones may be missing: of a `wait`
//! without `child` any child is meant, and without `nohang` it sleeps. The lines may have any
//! order of time. The first in time is a `start`, and a process is mentioned after its `fork`
//! only. Unknown fields are passed over; unknown events are errors. Each event, and each value
//! of `how`, `why` (`source` may also be `poll` or `log`):
//!
#![doc = concat!("```json\n", include_str!("../tests/recordings/every-event.jsonl"), "```")]

use std::fmt;
use std::io::{self, BufRead, Write};

use crate::Event;

/// Why a recording could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// The file could not be read on.
    Io(io::Error),
    /// A line is no event.
    Line {
        /// Which line, counted from 1.
        number: usize,
        /// What is wrong with it.
        reason: serde_json::Error,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Io(error) => write!(f, "{error}"),
            ReadError::Line { number, reason } => write!(f, "line {number} is no event: {reason}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a recording. Empty lines count for nothing.
///
/// # Errors
///
/// The first line that is no event, or what the reader says.
pub fn read(text: impl BufRead) -> Result<Vec<Event>, ReadError> {
    let mut events = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.map_err(ReadError::Io)?;
        if !line.trim().is_empty() {
            let event = serde_json::from_str(&line);
            events.push(event.map_err(|reason| ReadError::Line { number: index + 1, reason })?);
        }
    }
    Ok(events)
}

/// Writes a recording that [`read`] reads.
///
/// # Errors
///
/// What the writer says.
pub fn write(events: &[Event], mut out: impl Write) -> io::Result<()> {
    for event in events {
        serde_json::to_writer(&mut out, event)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
