//! Wrong answers: a check that none of them fails checks nothing.

use super::spawn::{CASE_VARIABLE, run_case, run_in_every_order};
use super::trial::{Outcome, Trial, full_name};
use crate::check::Suite;
use crate::shared::searched::Searched;
use crate::shared::text;
use crate::{Fault, Finding, Verdict};

/// An answer to an exercise that its checks must refuse, and how.
#[derive(Clone, Debug)]
pub struct WrongAnswer {
    /// The exercise's name.
    pub exercise: &'static str,
    /// What the mistake is called: the name of the answer's file.
    pub name: &'static str,
    /// The [name](Fault::name) of the fault that the first check to refuse it must find; or
    /// `passes`, for an answer that is right, and that no check may refuse.
    pub verdict: &'static str,
    /// The name of that check; of several, as in `a or b`, if chance decides which is first; or
    /// `any`, if it decides that and the verdict is the same. With `, in every order` behind it, the
    /// search of this check must refuse the answer, which usually passes by luck.
    pub check: &'static str,
    /// Phrases that must be in the verdict's words, or in the section of the book that it names.
    pub says: &'static [&'static str],
    /// The exercise's suite, with this answer in it.
    pub suite: fn() -> Suite,
}

pub(super) fn of_wrong_answers<'a>(
    answers: &'a [WrongAnswer],
    suites: &'a [Suite],
) -> Vec<Trial<'a>> {
    let trial = |(answer, suite): (&'a WrongAnswer, &'a Suite)| Trial {
        group: answer.exercise,
        name: answer.name,
        index: 0,
        see: None,
        run: Box::new(move || refuse(answer, suite)),
    };
    answers.iter().zip(suites).map(trial).collect()
}

/// The name under which the supervisor finds a check of a wrong answer.
pub(super) fn case_name(answer: &WrongAnswer, check: &str) -> String {
    full_name(&full_name(answer.exercise, answer.name), check)
}

/// How many answers are checked at a time for each processor: wrong ones wait more than right ones,
/// often until a limit.
pub(super) const AT_A_TIME: usize = 4;

/// The verdict of an answer that no check may refuse.
const PASSES: &str = "passes";

/// Whichever check is the first to refuse an answer.
const ANY: &str = "any";

/// Stands behind the name of a check whose search refuses an answer.
const IN_EVERY_ORDER: &str = ", in every order";

/// Which of `answers` this process is to check, if it is the process of a check.
pub(super) fn answer_of_this_process(answers: &[WrongAnswer]) -> Option<usize> {
    let case = std::env::var(CASE_VARIABLE).ok()?;
    let is_about = |answer: &WrongAnswer| {
        let name = full_name(answer.exercise, answer.name);
        case.strip_prefix(&name).is_some_and(|check| check.starts_with("::"))
    };
    answers.iter().position(is_about)
}

/// Runs the checks in order, until one refuses the answer.
fn refuse(answer: &WrongAnswer, suite: &Suite) -> Outcome {
    if answer.verdict != PASSES
        && alternatives(answer.verdict).any(|one| Fault::named(one).is_none())
    {
        let names: Vec<String> = Fault::ALL.iter().map(|fault| format!("{fault}")).collect();
        let names = text::list(&names);
        return Outcome::Unexpected(format!(
            "There is no verdict \"{}\". There are: {names}.\n",
            answer.verdict
        ));
    }
    if let Some(name) = answer.check.strip_suffix(IN_EVERY_ORDER) {
        return refuse_in_every_order(answer, name);
    }
    for check in &suite.checks {
        let verdict = run_case(&case_name(answer, check.name), check);
        if let Some(found) = verdict.findings.first() {
            let complaint = compare(answer, check.name, found);
            return complaint.map_or(Outcome::Passed(verdict), Outcome::Unexpected);
        }
    }
    if answer.verdict == PASSES {
        return Outcome::Passed(Verdict::default());
    }
    Outcome::Unexpected("All checks passed it. It is wrong, so a check is missing.\n".into())
}

/// Runs the search of one check alone. Where there can be none, nothing is known.
fn refuse_in_every_order(answer: &WrongAnswer, check: &str) -> Outcome {
    let verdict = run_in_every_order(&case_name(answer, check));
    match verdict.findings.first() {
        Some(found) => {
            let complaint = compare(answer, check, found);
            complaint.map_or(Outcome::Passed(verdict), Outcome::Unexpected)
        }
        None if matches!(verdict.searched, Searched::Not { .. }) => Outcome::Passed(verdict),
        None => Outcome::Unexpected(format!("{check} passed it: {}.\n", verdict.searched)),
    }
}

/// `None` if it was refused as it should be.
fn compare(answer: &WrongAnswer, check: &str, found: &Finding) -> Option<String> {
    let text = text::quote(&found.text, "  ", 24);
    let fault = found.fault;
    if answer.verdict == PASSES {
        return Some(format!("It is right. It was refused by {check} with \"{fault}\":\n{text}"));
    }
    let as_filed = alternatives(answer.verdict).any(|one| one == fault.name())
        && alternatives(answer.check.trim_end_matches(IN_EVERY_ORDER))
            .any(|one| one == check || one == ANY);
    if !as_filed {
        let WrongAnswer { verdict, check: wanted, .. } = answer;
        return Some(format!(
            "It is to be refused by {wanted} with \"{verdict}\".\n\
             It was refused by {check} with \"{fault}\":\n{text}"
        ));
    }
    let see = found.see.as_deref().unwrap_or_default();
    let said = |phrase: &str| found.text.contains(phrase) || see.contains(phrase);
    let phrase = answer.says.iter().find(|phrase| !said(phrase))?;
    Some(format!("The words \"{phrase}\" are not in its verdict:\n{text}  Read {see}\n"))
}

/// The names in `a or b`, one of which is meant where chance decides what is seen first.
fn alternatives(names: &str) -> impl Iterator<Item = &str> {
    names.split(" or ")
}
