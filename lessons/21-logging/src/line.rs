//! One line of the log, written and read back.

use std::fmt;
use std::process;
use std::time::SystemTime;

use humantime::{format_rfc3339_micros, parse_rfc3339};
use log::{Level, Record};

/// Time, level, PID, file:line, function, message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    time: SystemTime,
    level: Level,
    pub(crate) pid: u32,
    /// As in `work.rs:7`.
    pub(crate) place: String,
    pub(crate) function: String,
    pub(crate) message: String,
}

impl Line {
    /// A line of this process, with the time of now.
    pub(crate) fn of(record: &Record<'_>) -> Self {
        let file = record.file().unwrap_or("?").rsplit('/').next().unwrap_or("?");
        Line {
            time: SystemTime::now(),
            level: record.level(),
            pid: process::id(),
            place: format!("{file}:{}", record.line().unwrap_or(0)),
            function: record.target().to_owned(),
            message: record.args().to_string(),
        }
    }

    /// The line in `text`, if it is whole: written again, it must give the same text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (time, rest) = text.split_once(' ')?;
        let (level, rest) = rest.split_once(' ')?;
        let (pid, rest) = rest.trim_start().split_once(' ')?;
        let (place, rest) = rest.split_once(' ')?;
        let (function, message) = rest.split_once(' ')?;
        let line = Line {
            time: parse_rfc3339(time).ok()?,
            level: level.parse().ok()?,
            pid: pid.parse().ok()?,
            place: place.to_owned(),
            function: function.to_owned(),
            message: message.to_owned(),
        };
        (line.to_string() == text).then_some(line)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { time, level, pid, place, function, message } = self;
        let time = format_rfc3339_micros(*time);
        write!(f, "{time} {level:<5} {pid} {place} {function} {message}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Line {
        Line {
            time: SystemTime::UNIX_EPOCH,
            level: Level::Info,
            pid: 4711,
            place: "work.rs:32".to_owned(),
            function: "work::work_on".to_owned(),
            message: "item 7, step 3, my line 43".to_owned(),
        }
    }

    #[test]
    fn a_line_is_read_back_as_it_was_written() {
        let line = sample();
        let text = line.to_string();
        let read = Line::parse(&text).expect("a whole line");
        assert_eq!((read.pid, &*read.message), (4711, "item 7, step 3, my line 43"));
        assert_eq!(read.to_string(), text);
    }

    #[test]
    fn what_is_torn_is_not_read() {
        let text = sample().to_string();
        for torn in ["", &text[1..], &text[..40], &text.replacen(' ', "  ", 1), &text[..27]] {
            assert_eq!(Line::parse(torn), None, "{torn}");
        }
        let no_level = text.replace("INFO ", "");
        assert_eq!(Line::parse(&no_level), None, "{no_level}");
    }
}
