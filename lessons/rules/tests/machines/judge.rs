//! Whether a program did in a set-up what is asked of it.

use std::collections::BTreeSet;

use testkit::{Finished, Lesson};

use crate::become_program::{CANNOT, FLAG};
use crate::programs::Program;
use crate::setup::{Expect, Setup};

/// Runs the program in the set-up.
///
/// # Errors
///
/// What is wrong, with what was printed.
pub(crate) fn judge(program: &Program, setup: Setup) -> Result<(), String> {
    let finished = run(program, setup);
    if finished.code() == Some(CANNOT.into()) {
        testkit::skip(format!("{} in {}: {}", program.name, setup.name(), finished.stderr.trim()));
        return Ok(());
    }
    let fault = common_fault(&finished)
        .or_else(|| expectation_missed(program, setup, &finished))
        .or_else(|| control_sequence(setup, &finished));
    match fault {
        None => Ok(()),
        Some(fault) => Err(format!(
            "{fault}\nit ended with {}, its standard output was\n{}and its standard error\n{}",
            finished.status, finished.stdout, finished.stderr
        )),
    }
}

fn run(program: &Program, setup: Setup) -> Finished {
    let lesson = Lesson::new(std::env::current_exe().expect("this test's own path"))
        .args([FLAG, &setup.name()])
        .args([&program.file])
        .args(program.arguments)
        .in_folder(&program.folder);
    if !setup.on_a_terminal() {
        return lesson.run();
    }
    let mut screen = lesson.start_on_terminal(40, 80);
    screen.type_in("q\n"); // the answer for a program that asks: enough
    screen.finish().0
}

/// What no program may do in any set-up.
fn common_fault(finished: &Finished) -> Option<String> {
    let panicked = |text: &String| text.contains("panicked at");
    if [&finished.stdout, &finished.stderr].into_iter().any(panicked) {
        return Some("it panicked".to_owned());
    }
    if !finished.survivors.is_empty() || !finished.not_waited_for.is_empty() {
        let (running, ended) = (&finished.survivors, &finished.not_waited_for);
        return Some(format!("it left processes behind: running {running:?}, ended {ended:?}"));
    }
    finished.code().is_none().then(|| "a signal ended it".to_owned())
}

fn expectation_missed(program: &Program, setup: Setup, finished: &Finished) -> Option<String> {
    let worked = finished.code() == Some(0);
    let said = says_why(setup, finished) || !setup.errors_are_seen();
    match setup.expect() {
        Expect::SaysFull => {
            let full = finished.stderr.contains("No space left on device");
            (worked || !full).then(|| "its output went into a full device, unsaid".to_owned())
        }
        Expect::WorksOrSays if !worked => {
            (!said).then(|| "it failed and did not say why".to_owned())
        }
        Expect::Works if !worked => Some("it did not work".to_owned()),
        // A lesson may continue without a program that it would like to show.
        _ if setup == Setup::EmptyPath && continues_without(finished) => None,
        _ if program.steady && setup.output_is_seen() && !setup.on_a_terminal() => {
            difference(&usual(program), &shapes(&finished.stdout))
        }
        _ => None,
    }
}

/// Whether a program that failed says why: on standard error, or, of a check, in its verdict.
fn says_why(setup: Setup, finished: &Finished) -> bool {
    let all = format!("{}{}", finished.stdout, finished.stderr);
    let named = setup != Setup::NoProc || all.contains("/proc");
    named && (!finished.stderr.trim().is_empty() || all.contains("The check could not be run: "))
}

/// Whether it says which program it would have used.
fn continues_without(finished: &Finished) -> bool {
    ["There is no ", "cannot be started here"].iter().any(|words| finished.stdout.contains(words))
}

/// On a terminal without colours there are none; on a dumb one nothing controls it at all.
fn control_sequence(setup: Setup, finished: &Finished) -> Option<String> {
    let printed = &finished.stdout;
    let found = match setup {
        Setup::DumbTerminal => printed.contains('\u{1b}'),
        Setup::NoColour => printed.split("\u{1b}[").skip(1).any(is_colour),
        _ => false,
    };
    found.then(|| format!("it controls the terminal: {printed:?}"))
}

/// Whether a control sequence, of which this is the rest, sets a colour.
fn is_colour(rest: &str) -> bool {
    let end = rest.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(rest.len());
    let sets = |number: &str| matches!(number.parse(), Ok(30..=38 | 40..=48 | 90..=97 | 100..=107));
    rest[end..].starts_with('m') && rest[..end].split(';').any(sets)
}

/// The lines of a run without a set-up.
fn usual(program: &Program) -> BTreeSet<String> {
    let lines = program.usual.get_or_init(|| {
        let lesson = Lesson::new(&program.file).args(program.arguments);
        let finished = lesson.in_folder(&program.folder).run();
        assert_eq!(finished.code(), Some(0), "without a set-up: {finished:?}");
        shapes(&finished.stdout)
    });
    lines.clone()
}

/// The lines of an output without their order, and of each the words without numbers in them: no
/// PIDs, times, or addresses.
fn shapes(output: &str) -> BTreeSet<String> {
    let has_digit = |word: &str| word.contains(|letter: char| letter.is_ascii_digit());
    let is_hex = |word: &str| word.len() > 3 && word.chars().all(|it| it.is_ascii_hexdigit());
    let is_free = |word: &&str| has_digit(word) || is_hex(word);
    let words = |line: &str| -> Vec<String> {
        let words = line.split(|letter: char| !letter.is_alphanumeric());
        words.filter(|word| !is_free(word) && !word.is_empty()).map(str::to_owned).collect()
    };
    output.lines().map(|line| words(line).join(" ")).collect()
}

fn difference(usual: &BTreeSet<String>, here: &BTreeSet<String>) -> Option<String> {
    let missing: Vec<&String> = usual.difference(here).collect();
    let new: Vec<&String> = here.difference(usual).collect();
    let same = missing.is_empty() && new.is_empty();
    (!same).then(|| {
        format!("it says that it worked, but lines are missing: {missing:?}, or new: {new:?}")
    })
}
