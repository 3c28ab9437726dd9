//! What a run of checks reports to another program, such as the coach.
//!
//! With `--json`, a test program of the grader prints one [`CheckEvent`] a line instead of text
//! for a reader:
//!
//! ```
//! use grader::report::{CheckEvent, Status};
//!
//! let line = r#"{"event":"checked","exercise":"sums","check":"two_and_two","status":"passed",
//!                "file":null,"see":null,
//!                "verdict":{"findings":[],"notes":"3 ms","out":"","err":"","run":""}}"#;
//! let CheckEvent::Checked(report) = CheckEvent::read(line).unwrap() else { panic!() };
//! assert_eq!((report.check.as_str(), report.status), ("two_and_two", Status::Passed));
//! ```

use serde::{Deserialize, Serialize};

use super::timeline;
use super::trial::{Outcome, Trial};
use crate::{Fault, Verdict};

/// One event of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is not kept")]
pub enum CheckEvent {
    /// The run begins. The checks follow in the order in which they end.
    Began {
        /// How many checks will be run.
        checks: usize,
        /// How many the filters left out.
        filtered_out: usize,
    },
    /// One check is over.
    Checked(CheckReport),
    /// The run is over. Without this event it was broken off.
    Finished {
        /// How many checks passed.
        passed: usize,
        /// How many failed.
        failed: usize,
        /// How many met a `todo!`.
        not_started: usize,
        /// The time that the whole run took, in seconds.
        seconds: f64,
    },
}

/// How one check ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// The exercise's name, as in `pool_map`.
    pub exercise: String,
    /// The check's name, as in `a_dead_worker_is_replaced`.
    pub check: String,
    /// Its place among the checks of its exercise, counted from 0.
    #[serde(default)]
    pub index: usize,
    /// The outcome in one word.
    pub status: Status,
    /// Where the `todo!` stands if the check has not been started: `exercises/src/pool_map.rs:12`.
    pub file: Option<String>,
    /// The section of the book about what went wrong, as in `book/src/waitpid.md#zombies`; if
    /// there is none about it, the section that the check is about.
    pub see: Option<String>,
    /// Everything that was found, most important first, and what the function printed.
    pub verdict: Verdict,
}

/// The outcome of a check in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was found wrong.
    Passed,
    /// The function still is a `todo!`.
    NotStarted,
    /// Something is wrong: see the verdict's findings.
    Failed,
}

impl CheckEvent {
    /// Reads one line of a run with `--json`.
    ///
    /// # Errors
    ///
    /// The line is no such event.
    pub fn read(line: &str) -> serde_json::Result<CheckEvent> {
        serde_json::from_str(line)
    }

    /// The event as one line, without its newline.
    pub(super) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() // maps with string keys never fail
    }
}

impl CheckReport {
    pub(super) fn of(trial: &Trial, outcome: &Outcome) -> CheckReport {
        let (status, file, verdict) = match outcome {
            Outcome::Passed(verdict) => (Status::Passed, None, verdict.clone()),
            Outcome::NotStarted(place) => {
                (Status::NotStarted, Some(place.clone()), Verdict::default())
            }
            Outcome::Failed(verdict) => (Status::Failed, None, verdict.clone()),
            Outcome::Unexpected(text) => {
                let mut verdict = Verdict::default();
                verdict.add(Fault::CheckFailed, text.as_str());
                (Status::Failed, None, verdict)
            }
        };
        CheckReport {
            exercise: trial.group.to_owned(),
            check: trial.name.to_owned(),
            index: trial.index,
            status,
            file,
            see: section(trial, &verdict),
            verdict,
        }
    }
}

/// Where to read: about what was found, or else about what the check is for.
pub(super) fn section(trial: &Trial, verdict: &Verdict) -> Option<String> {
    let found = verdict.findings.first().and_then(|finding| finding.see.as_deref());
    found.or(trial.see).map(|see| format!("book/src/{see}"))
}

impl Verdict {
    /// What the processes of the check did, drawn for a terminal of `width` columns; `None` if the
    /// function forked no process.
    pub fn timeline(&self, width: usize, colour: bool) -> Option<String> {
        (!self.run.is_empty()).then(|| timeline::of_width(&self.run, width, colour))
    }
}
