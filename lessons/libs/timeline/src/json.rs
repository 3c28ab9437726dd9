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
use std::io::{self, BufRead, Read, Write};

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
pub fn read(mut text: impl BufRead) -> Result<Vec<Event>, ReadError> {
    let mut events = Vec::new();
    for number in 1.. {
        let Some(line) = next_line(&mut text).map_err(ReadError::Io)? else { break };
        if !line.trim_ascii().is_empty() {
            let event = serde_json::from_slice(&line);
            events.push(event.map_err(|reason| ReadError::Line { number, reason })?);
        }
    }
    Ok(events)
}

/// No event is longer: Linux takes two megabytes of arguments in all (`man 2 execve`), each byte of
/// which JSON may write as six.
const LONGEST_LINE: u64 = 16 << 20;

/// A file from elsewhere, such as `/dev/zero`, may be one line without an end.
fn next_line(text: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    text.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.len() as u64 == LONGEST_LINE {
        return Err(io::Error::other("a line is too long for an event"));
    }
    Ok(if line.is_empty() { None } else { Some(line) })
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
