//! `cargo coach practise`, as a reader uses it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

mod tools;

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::thread;

use nix::sys::signal::{SigHandler, Signal, signal};
use tools::{Said, Workbook};

/// A session with these lines as answers.
fn session(workbook: &Workbook, args: &[&str], answers: &str) -> Said {
    let mut command = workbook.command(&[&["practise"], args].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut coach = command.spawn().unwrap();
    // The coach may have read enough.
    let _ = coach.stdin.take().unwrap().write_all(answers.as_bytes());
    Said::of(&coach.wait_with_output().unwrap())
}

/// The topics that were asked about.
fn topics(said: &Said) -> Vec<&str> {
    let titles = said.out.lines().filter(|line| line.starts_with("Question "));
    titles.filter_map(|line| Some(line.split_once(": ")?.1)).collect()
}

/// An answer to every kind of question.
const ANY: &str = "1\na\n";

#[test]
fn the_same_seed_and_answers_make_the_same_session() {
    let workbook = Workbook::new("practise-seed");
    let answers = ANY.repeat(12);
    let with = |seed: &str| session(&workbook, &["--seed", seed], &answers);
    // Side by side: each session waits for one process at a time.
    let (first, second, other) = thread::scope(|scope| {
        let first = scope.spawn(|| with("11"));
        let second = scope.spawn(|| with("11"));
        let other = scope.spawn(|| with("12"));
        (first.join().unwrap(), second.join().unwrap(), other.join().unwrap())
    });
    first.assert(0, &["with seed 11", "Question 9: ", "Right answers: "]);
    assert_eq!(first.out, second.out);
    assert!(!workbook.root.join("exercises/progress.toml").exists(), "no progress is saved");
    assert_ne!(first.out, other.out);
    let wide = first.out.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
}

/// A wrong answer is followed by an order that shows why, and by a question of the same topic.
#[test]
fn a_wrong_answer_is_explained_and_its_topic_comes_again() {
    let workbook = Workbook::new("practise-wrong");
    let said = session(&workbook, &["--seed", "7"], "77\n77\na b\nq\n");
    said.assert(0, &["Wrong.", "parent     forks child 1", "Read book/src/"]);
    assert_eq!(topics(&said)[..2], ["branches", "branches"], "{}", said.out);
}

/// No answer to a question about branches: no program prints 77 lines or nothing at all.
const WRONG: &str = "77\n0\n";

/// What was wrong in an earlier session is asked about first.
#[test]
fn mistakes_are_remembered() {
    let workbook = Workbook::new("practise-again");
    let said = session(&workbook, &[], WRONG);
    said.assert(0, &["Wrong.", "Next time you will be asked about branches"]);
    let remembered = workbook.read("exercises/progress.toml");
    assert!(remembered.contains("[practise.branches]") && remembered.contains("wrong = "));
    let file = workbook.root.join("exercises/progress.toml");
    fs::write(&file, "version = 1\n[practise.zombies]\nwrong = 1\nowed = 2\n").unwrap();
    let said = session(&workbook, &[], "q\n");
    said.assert(0, &["Question 1: zombies", "Right answers: 0 of 0."]);
    let seeded = session(&workbook, &["--seed", "1"], "");
    seeded.assert(0, &["Question 1: branches"]);
}

/// A torn file is put aside, and one of a newer coach is left as it is; both stop nothing.
#[test]
fn what_cannot_be_remembered_stops_nothing() {
    let workbook = Workbook::new("practise-torn");
    let file = workbook.root.join("exercises/progress.toml");
    fs::write(&file, "version = 1\n[practise.zom").unwrap();
    session(&workbook, &[], WRONG).assert(0, &["is damaged", "Wrong."]);
    assert_eq!(workbook.read("exercises/progress.toml.damaged.1"), "version = 1\n[practise.zom");
    fs::write(&file, "version = 2\n").unwrap();
    let said = session(&workbook, &[], WRONG);
    said.assert(1, &["Question 2", "your answers were not saved"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "version = 2\n");
}

/// Lines that make no sense are no answers.
#[test]
fn an_answer_that_is_none_is_asked_for_again() {
    let workbook = Workbook::new("practise-unclear");
    let said = session(&workbook, &["--seed", "7"], "\nfour\n-1\nQ\n");
    said.assert(0, &["A number, please, or q to quit.", "Right answers: 0 of 0."]);
    assert_eq!(topics(&said).len(), 1);
    session(&workbook, &["--seed", "x"], "").assert(2, &["Usage: cargo coach"]);
}

/// Started with SIGCHLD ignored, no wait of the programs would find a child.
#[test]
fn started_with_sigchld_ignored() {
    let workbook = Workbook::new("practise-ignored");
    let file = workbook.root.join("exercises/progress.toml");
    fs::write(&file, "version = 1\n[practise.waits]\nowed = 2\nstreak = 3\n").unwrap();
    let mut command = workbook.command(&["practise"]);
    let ignore = || {
        // SAFETY: an ignored signal runs no code.
        unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }?;
        Ok(())
    };
    // SAFETY: between fork and exec the closure makes one system call, and allocates nothing.
    unsafe { command.pre_exec(ignore) };
    Said::of(&command.output().unwrap()).assert(0, &["Question 1: waits"]);
}

/// On a terminal, also a dumb one.
#[test]
fn on_a_terminal() {
    let workbook = Workbook::new("practise-terminal");
    let script = format!("TERM=dumb {} practise --seed 7", workbook.coach());
    let mut screen = workbook.in_shell(&script);
    screen.wait_for("A number:");
    screen.type_in("2\n");
    screen.wait_for("Right.");
    screen.wait_for("Question 2: loops");
    screen.type_in("q\n");
    let (finished, _) = screen.finish();
    finished.assert_code(0);
    assert!(finished.stdout.contains("Right answers: 1 of 1."), "{}", finished.stdout);
}
