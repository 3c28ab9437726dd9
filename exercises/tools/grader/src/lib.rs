//! Runs each check of an exercise in a process of its own, and says in plain words what went
//! wrong.
//!
//! A check that forks needs more than `#[test]`: a child that returns from the function would go
//! on as a second test runner, an assertion that fails in it would be reported as "ok", and a
//! forgotten wait would hang for ever. So there are three kinds of processes, all of them the
//! same test binary:
//!
//! ```text
//! cargo test ─► harness   chooses the checks and prints the verdicts; has threads, never forks
//!                 └─► warden   one for each check: sets limits, watches, kills what is left
//!                       └─► keeper   starts the case, adopts orphans; process 1 of a PID namespace
//!                             └─► case   the learner's function, with nothing else in the process
//! ```
//!
//! A suite is the list of an exercise's checks, and a test target with `harness = false` hands
//! all suites to [`main`]:
//!
//! ```no_run
//! use grader::{Suite, check};
//!
//! fn suite() -> Suite {
//!     Suite::new("sums", [check!(two_and_two).forks(0).see("sums.md#two")])
//! }
//!
//! fn two_and_two() {
//!     assert_eq!(2 + 2, 4, "the sum of 2 and 2"); // first what came, then what is wanted
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     grader::main([suite()])
//! }
//! ```
//!
//! On anything but Linux there are fewer guards; the harness says so.

mod arguments;
mod board;
mod call;
mod case;
mod check;
#[cfg_attr(not(target_os = "linux"), path = "containment_elsewhere.rs")]
mod containment;
mod descriptors;
mod drawing;
mod events;
mod fault;
#[cfg(target_os = "linux")]
mod filter;
mod folder;
#[cfg_attr(not(target_os = "linux"), path = "gate_elsewhere.rs")]
mod gate;
mod gatekeeper;
mod hooks;
mod judge;
mod keeper;
mod launch;
mod page;
mod picture;
mod pipes;
mod platform;
mod process;
mod recording;
pub mod report;
mod runner;
mod standstill;
mod stream;
mod trial;
mod verdict;
mod warden;
mod watch;
mod words;
mod wrong;

pub use check::{Check, Suite, panic_on_purpose};
pub use fault::Fault;
pub use verdict::{Finding, Verdict};
pub use wrong::WrongAnswer;

use std::process::ExitCode;

use arguments::Arguments;
use page::Reporter;
use trial::Trial;

/// The `main` of a test target with `harness = false`: runs the checks of all suites as the
/// arguments say, and prints a line an exercise and what is wrong.
///
/// With `GRADER_EXPECT=todo` in the environment, a check passes if it meets a `todo!`.
pub fn main(suites: impl IntoIterator<Item = Suite>) -> ExitCode {
    let suites: Vec<Suite> = suites.into_iter().collect();
    if let Some(case) = std::env::var_os(launch::CASE_VARIABLE) {
        let mut checks = suites.iter().flat_map(|suite| {
            suite.checks.iter().map(|check| (trial::full_name(suite.exercise, check.name), check))
        });
        return serve(checks.find(|(name, _)| **name == *case).map(|(_, check)| check));
    }
    let expect_todo = std::env::var_os("GRADER_EXPECT").is_some_and(|value| value == "todo");
    harness(&trial::of_checks(&suites, expect_todo))
}

/// The `main` of a test target with `harness = false`: every answer must be refused, with the
/// verdict and by the check that it is filed under.
pub fn main_for_wrong_answers(answers: &[WrongAnswer]) -> ExitCode {
    let suites: Vec<Suite> = answers.iter().map(|answer| (answer.suite)()).collect();
    if let Some(case) = std::env::var_os(launch::CASE_VARIABLE) {
        let mut checks = answers.iter().zip(&suites).flat_map(|(answer, suite)| {
            suite.checks.iter().map(|check| (wrong::case_name(answer, check.name), check))
        });
        return serve(checks.find(|(name, _)| **name == *case).map(|(_, check)| check));
    }
    harness(&wrong::of_wrong_answers(answers, &suites))
}

/// What keeps a check from doing harm here, beside its limits. To be called by a process with one
/// thread.
pub fn guards() -> [Guard; 2] {
    [
        Guard {
            name: "PID namespace",
            does: "no process of a check can signal one outside, and all die with the first",
            missing: containment::try_namespace().err(),
        },
        Guard {
            name: "gate",
            does: "every creation of a process asks first, so that no fork bomb gets away",
            missing: containment::try_gate().err(),
        },
    ]
}

/// One of the [`guards`].
#[derive(Clone, Debug)]
pub struct Guard {
    /// What it is called.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// Why it is not to be had here, if it is not.
    pub missing: Option<String>,
}

/// The exit status of a test binary with failures, by which cargo knows that it ran to its end.
const TESTS_FAILED: u8 = 101;

/// In the warden.
fn serve(check: Option<&Check>) -> ExitCode {
    match check {
        Some(check) => warden::run(check),
        None => {
            eprintln!("grader: {} names no check of this program", launch::CASE_VARIABLE);
            ExitCode::from(2)
        }
    }
}

/// In the harness.
fn harness(trials: &[Trial]) -> ExitCode {
    platform::end_with_cargo();
    let arguments = match Arguments::read(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}\n\n{}", arguments::HELP);
            return ExitCode::from(2);
        }
    };
    if arguments.help {
        page::print(arguments::HELP);
        return ExitCode::SUCCESS;
    }
    let (selected, left_out): (Vec<&Trial>, Vec<&Trial>) =
        trials.iter().partition(|trial| arguments.select(&trial.full_name()));
    if arguments.list {
        let list = selected.iter().map(|trial| format!("{}: test\n", trial.full_name()));
        page::print(&list.collect::<String>());
        return ExitCode::SUCCESS;
    }
    let threads = arguments.threads.unwrap_or_else(runner::default_threads);
    let mut reporter = Reporter::new(&arguments, &selected, left_out.len());
    runner::run(&selected, threads, |index, outcome| reporter.done(index, outcome));
    if reporter.finish() { ExitCode::SUCCESS } else { ExitCode::from(TESTS_FAILED) }
}
