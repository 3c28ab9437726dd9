//! What the harness runs and shows: a check, or a wrong answer with all checks of its exercise.

use super::spawn::run_case;
use crate::Fault;
use crate::check::Suite;
use crate::shared::verdict::Verdict;

/// One line of the list.
pub(super) struct Trial<'a> {
    /// What it is shown under.
    pub(super) group: &'a str,
    pub(super) name: &'a str,
    /// Its place in the group.
    pub(super) index: usize,
    /// Where to read about it.
    pub(super) see: Option<&'a str>,
    pub(super) run: Box<dyn Fn() -> Outcome + Sync + 'a>,
}

/// How a trial went.
pub(super) enum Outcome {
    Passed(Verdict),
    /// There still is a `todo!`, at this place.
    NotStarted(String),
    Failed(Verdict),
    /// The trial was not about a verdict alone: what was expected, in words.
    Unexpected(String),
}

impl Trial<'_> {
    /// As in `fork_basics::a_fork_that_fails`.
    pub(super) fn full_name(&self) -> String {
        full_name(self.group, self.name)
    }
}

pub(super) fn full_name(group: &str, name: &str) -> String {
    format!("{group}::{name}")
}

/// How many checks are run at a time for each processor: half of the time of a case is waiting.
pub(super) const AT_A_TIME: usize = 2;

/// A trial for each check.
pub(super) fn of_checks(suites: &[Suite], expect_todo: bool) -> Vec<Trial<'_>> {
    let checks = suites
        .iter()
        .flat_map(|suite| suite.checks.iter().enumerate().map(move |(index, c)| (suite, index, c)));
    let trial = |(suite, index, check): (&'_ Suite, usize, &'_ crate::Check)| {
        let name = full_name(suite.exercise, check.name);
        Trial {
            group: suite.exercise,
            name: check.name,
            index,
            see: check.see,
            run: Box::new({
                let check = check.clone();
                move || judged(run_case(&name, &check), expect_todo)
            }),
        }
    };
    checks.map(trial).collect()
}

fn judged(verdict: Verdict, expect_todo: bool) -> Outcome {
    let first = verdict.findings.first();
    match (first.map(|finding| finding.fault), expect_todo) {
        (Some(Fault::NotStarted), true) => Outcome::Passed(Verdict::default()),
        (Some(Fault::NotStarted), false) => {
            Outcome::NotStarted(first.map(|finding| finding.text.clone()).unwrap_or_default())
        }
        (None, true) => Outcome::Unexpected("The stub passes. It must be a todo!().\n".into()),
        (None, false) => Outcome::Passed(verdict),
        (Some(_), _) => Outcome::Failed(verdict),
    }
}
