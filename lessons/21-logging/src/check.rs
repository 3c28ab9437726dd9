//! Reads a log back, and checks which of the lines that were written are in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lesson_cli::Failure;

use crate::line::Line;
use crate::team::Written;
use crate::work::{FILE, FUNCTION, line_in};

/// What happened to the lines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// How many the workers have written.
    pub(crate) written: usize,
    /// How many of those are in the log, whole.
    pub(crate) found: usize,
    /// How many lines of the log are not among those.
    pub(crate) torn: usize,
    /// One of the torn lines.
    pub(crate) sample: Option<String>,
}

impl Verdict {
    pub(crate) fn is_whole(&self) -> bool {
        self.found == self.written && self.torn == 0
    }
}

pub(crate) fn read_back(file: &Path, written: &Written) -> Result<Verdict, Failure> {
    let log = fs::read(file);
    let log = log.map_err(|error| Failure::system("reading the log", error))?;
    Ok(compare(&String::from_utf8_lossy(&log), written))
}

/// A worker numbers its lines from 1, so PID and number say which line it is. A line that is
/// found a second time was never written.
fn compare(log: &str, written: &Written) -> Verdict {
    let mut found = BTreeSet::new();
    let (mut torn, mut sample) = (0, None);
    for text in log.split_inclusive('\n') {
        match identify(text, written) {
            Some(line) if found.insert(line) => {}
            _ => {
                torn += 1;
                sample = sample.filter(|longest: &&str| longest.len() >= text.len()).or(Some(text));
            }
        }
    }
    let all: u32 = written.values().sum();
    let sample = sample.map(|text| text.trim_end().to_owned());
    Verdict { written: all as usize, found: found.len(), torn, sample }
}

/// The worker and the number of the line, if it is a whole line with its newline.
fn identify(text: &str, written: &Written) -> Option<(u32, u32)> {
    let line = Line::parse(text.strip_suffix('\n')?)?;
    let (file, place) = line.place.split_once(':')?;
    if file != FILE || place.parse::<u32>().is_err() || line.function != FUNCTION {
        return None;
    }
    let number = line_in(&line.message)?;
    let last = *written.get(&line.pid)?;
    (1..=last).contains(&number).then_some((line.pid, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work;

    /// Line 43 of this process.
    fn whole() -> String {
        format!("{}\n", work::sample())
    }

    fn verdict(log: &str) -> (usize, usize, usize) {
        let Verdict { written, found, torn, .. } =
            compare(log, &Written::from([(std::process::id(), 50)]));
        (written, found, torn)
    }

    #[test]
    fn what_is_there_is_found_once() {
        assert_eq!(verdict(&whole()), (50, 1, 0));
        assert_eq!(verdict(&(whole() + &whole())), (50, 1, 1));
        assert_eq!(verdict(""), (50, 0, 0));
    }

    #[test]
    fn what_nobody_has_written_is_torn() {
        assert_eq!(verdict(&whole().replace("my line 43", "my line 51")), (50, 0, 1));
        assert_eq!(verdict(&whole().replace("my line 43", "my line 0")), (50, 0, 1));
        assert_eq!(verdict(&whole().replace("step", "step 3, step")), (50, 0, 1));
        assert_eq!(verdict(&whole().replace("work_on", "work_onwork.rs:32")), (50, 0, 1));
        assert_eq!(verdict(&whole().replace("work.rs", "work.rs:32work.rs")), (50, 0, 1));
        assert_eq!(verdict(whole().trim_end()), (50, 0, 1));
        assert_eq!(verdict(&("\n".to_owned() + &whole())), (50, 1, 1));
        let other = Written::from([(std::process::id() + 1, 50)]);
        assert_eq!(compare(&whole(), &other).found, 0);
    }
}
