//! What `cargo test` starts: chooses the checks, runs each in a process of its own, and reports.
//! This process has threads, so it never forks.

mod arguments;
pub mod report;
mod reporter;
mod runner;
mod spawn;
mod timeline;
mod trial;
mod wrong;

pub use wrong::WrongAnswer;

use std::process::ExitCode;

use crate::check::{Check, Suite};
use crate::{search, supervisor, sys};
use arguments::Arguments;
use reporter::Reporter;
use trial::Trial;

/// The exit status of a test binary with failures, by which cargo knows that it ran to its end.
const TESTS_FAILED: u8 = 101;

/// The exit status for arguments that make no sense.
const USAGE: u8 = 2;

/// The `main` of a test target with `harness = false`: runs the checks of all suites as the
/// arguments say, and prints a line an exercise and what is wrong.
///
/// With `GRADER_EXPECT=todo` in the environment, a check passes if it meets a `todo!`.
pub fn main(suites: impl IntoIterator<Item = Suite>) -> ExitCode {
    let suites: Vec<Suite> = suites.into_iter().collect();
    if let Some(case) = std::env::var_os(spawn::CASE_VARIABLE) {
        let mut checks = suites.iter().flat_map(|suite| {
            suite.checks.iter().map(|check| (trial::full_name(suite.exercise, check.name), check))
        });
        return supervise(checks.find(|(name, _)| **name == *case));
    }
    let expect_todo = std::env::var_os("GRADER_EXPECT").is_some_and(|value| value == "todo");
    run(&trial::of_checks(&suites, expect_todo), trial::AT_A_TIME)
}

/// The `main` of a test target with `harness = false`: every answer must be refused, with the
/// verdict and by the check that it is filed under. In the process of a check, `choose` is called first,
/// with the index of the answer that the process is about.
pub fn main_for_wrong_answers(answers: &[WrongAnswer], choose: impl FnOnce(usize)) -> ExitCode {
    if let Some(case) = std::env::var_os(spawn::CASE_VARIABLE) {
        // A process for each check of each answer comes here: it looks at its own answer alone.
        let Some(index) = wrong::answer_of_this_process(answers) else { return supervise(None) };
        choose(index);
        let suite = (answers[index].suite)();
        let checks = suite.checks.iter();
        let mut checks = checks.map(|check| (wrong::case_name(&answers[index], check.name), check));
        return supervise(checks.find(|(name, _)| **name == *case));
    }
    let suites: Vec<Suite> = answers.iter().map(|answer| (answer.suite)()).collect();
    run(&wrong::of_wrong_answers(answers, &suites), wrong::AT_A_TIME)
}

/// The harness has started this process to supervise one check.
fn supervise(check: Option<(String, &Check)>) -> ExitCode {
    match check {
        Some((name, check)) if std::env::var_os(spawn::SEARCH_VARIABLE).is_some() => {
            search::run(&name, check)
        }
        Some((_, check)) => supervisor::run(check),
        None => {
            eprintln!("grader: {} names no check of this program", spawn::CASE_VARIABLE);
            ExitCode::from(USAGE)
        }
    }
}

/// Runs so many `at_a_time` for each processor. What is not printed must not be taken for a success.
fn run(trials: &[Trial], at_a_time: usize) -> ExitCode {
    let status = choose_and_run(trials, at_a_time);
    match reporter::lost() {
        Some(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
        None => status,
    }
}

fn choose_and_run(trials: &[Trial], at_a_time: usize) -> ExitCode {
    sys::reset_signals();
    sys::end_with_cargo();
    sys::hide_from_the_case();
    let _ = procinfo::become_subreaper(); // for cases whose supervisor was killed
    let arguments = match Arguments::read(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}\n\n{}", arguments::HELP);
            return ExitCode::from(USAGE);
        }
    };
    if arguments.help {
        reporter::print(arguments::HELP);
        return ExitCode::SUCCESS;
    }
    let mut exercises: Vec<&str> = trials.iter().map(|trial| trial.group).collect();
    exercises.dedup();
    let (selected, left_out): (Vec<&Trial>, Vec<&Trial>) =
        trials.iter().partition(|trial| arguments.select(&trial.full_name(), &exercises));
    if let Some(why) = names_nothing(&arguments, &selected, trials) {
        eprintln!("{why}");
        return ExitCode::from(USAGE);
    }
    if arguments.list {
        let list = selected.iter().map(|trial| format!("{}: test\n", trial.full_name()));
        reporter::print(&list.collect::<String>());
        return ExitCode::SUCCESS;
    }
    let threads = arguments.threads.unwrap_or_else(|| at_a_time * runner::processors());
    let mut reporter = Reporter::new(&arguments, &selected, left_out.len());
    runner::run(&selected, threads, |index, outcome| reporter.done(index, outcome));
    if reporter.finish() { ExitCode::SUCCESS } else { ExitCode::from(TESTS_FAILED) }
}

/// What to say to a learner whose argument names no check: a misspelt name must not look like
/// success. Cargo hands one argument to all test programs of a workspace, so for those of another
/// package than `exercises` that is no mistake.
fn names_nothing(arguments: &Arguments, selected: &[&Trial], all: &[Trial]) -> Option<String> {
    let package = std::env::var("CARGO_PKG_NAME");
    let among_others = package.is_ok_and(|package| package != "exercises");
    if !selected.is_empty() || among_others || !arguments.is_choice() {
        return None;
    }
    let mut groups: Vec<&str> = all.iter().map(|trial| trial.group).collect();
    groups.dedup();
    Some(format!(
        "error: no check has \"{}\" in its name, so nothing was checked.\n\n\
         These exercises have checks:\n  {}\n\n\
         To list all checks, use --list.",
        arguments.choice(),
        groups.join("\n  ")
    ))
}
