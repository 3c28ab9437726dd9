//! What the harness runs and shows: a check, or a wrong answer with all checks of its exercise.

use crate::Fault;
use crate::check::Suite;
use crate::launch::launch;
use crate::verdict::Verdict;

/// One line of the list.
pub(crate) struct Trial<'a> {
    /// What it is shown under.
    pub(crate) group: &'a str,
    pub(crate) name: &'a str,
    /// Where to read about it.
    pub(crate) see: Option<&'a str>,
    pub(crate) run: Box<dyn Fn() -> Outcome + Sync + 'a>,
}

/// How a trial went.
pub(crate) enum Outcome {
    Passed(Verdict),
    /// There still is a `todo!`, at this place.
    NotStarted(String),
    Failed(Verdict),
    /// The trial was not about a verdict alone: what was expected, in words.
    Unexpected(String),
}

impl Trial<'_> {
    /// As in `fork_basics::a_fork_that_fails`.
    pub(crate) fn full_name(&self) -> String {
        full_name(self.group, self.name)
    }
}

pub(crate) fn full_name(group: &str, name: &str) -> String {
    format!("{group}::{name}")
}

/// A trial for each check.
pub(crate) fn of_checks(suites: &[Suite], expect_todo: bool) -> Vec<Trial<'_>> {
    let checks = suites.iter().flat_map(|suite| suite.checks.iter().map(move |c| (suite, c)));
    let trial = |(suite, check): (&'_ Suite, &'_ crate::Check)| {
        let name = full_name(suite.exercise, check.name);
        Trial {
            group: suite.exercise,
            name: check.name,
            see: check.see,
            run: Box::new({
                let check = check.clone();
                move || judged(launch(&name, &check), expect_todo)
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
