//! The lesson as a reader runs it: what it prints, and that nothing of the program is left.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use testkit::{Finished, Lesson};

const BINARY: &str = env!("CARGO_BIN_EXE_lesson-every-order");

fn run(args: &[&str]) -> Finished {
    Lesson::new(BINARY).args(args).run()
}

#[test]
fn two_outcomes_and_these_are_all() {
    let run = run(&["sh", "-c", "echo child & echo parent; wait"]);
    run.assert_success();
    assert!(run.stdout.contains("  | child\n  | parent\n"), "{}", run.stdout);
    assert!(run.stdout.contains("  | parent\n  | child\n"), "{}", run.stdout);
    assert!(run.stdout.contains("2 outcomes in "), "{}", run.stdout);
    assert!(run.stdout.contains("these are all"), "{}", run.stdout);
    assert!(run.lines().iter().all(|line| line.chars().count() <= 80), "{}", run.stdout);
}

#[test]
fn an_order_that_was_printed_can_be_replayed() {
    let command = ["sh", "-c", "echo child & echo parent; wait"];
    let found = run(&command);
    for part in found.stdout.split("--replay ").skip(1) {
        let order = part.split(')').next().unwrap();
        let first = run(&[["--replay", order].as_slice(), &command].concat());
        let again = run(&[["--replay", order].as_slice(), &command].concat());
        first.assert_success();
        assert_eq!(first.stdout, again.stdout);
    }
}

#[test]
fn an_order_of_another_program_is_refused() {
    let run = run(&["--replay", "0,9", "sh", "-c", "echo a & wait"]);
    run.assert_code(1);
    assert!(run.stderr.contains("child 9"), "{}", run.stderr);
    assert!(run.stderr.contains("step 2"), "{}", run.stderr);
}

#[test]
fn find_says_whether_it_can_happen() {
    let found = run(&["--find", "b\na", "sh", "-c", "echo a & echo b; wait"]);
    found.assert_code(0);
    let missing = run(&["--find", "c", "sh", "-c", "echo a & echo b; wait"]);
    missing.assert_code(1);
    assert!(missing.stdout.contains("it cannot happen"), "{}", missing.stdout);
}

#[test]
fn the_result_as_json() {
    let run = run(&["--json", "sh", "-c", "echo a & echo b; wait"]);
    run.assert_success();
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["proof"], true);
    assert_eq!(report["outcomes"].as_array().unwrap().len(), 2);
}

/// A program that loops for ever has limits, and its result is no proof.
#[test]
fn what_goes_on_for_ever_is_cut_off() {
    let run = run(&["--limit", "2", "sh", "-c", "while :; do echo; done"]);
    run.assert_success();
    assert!(run.stdout.contains("CUT OFF"), "{}", run.stdout);
    assert!(run.stdout.contains("No proof"), "{}", run.stdout);
}

#[test]
fn files_of_a_run_are_gone_before_the_next() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("seed"), "0").unwrap();
    let script = "cat seed; (echo 1 > new) & test -e new && cat new; echo 2 > seed; wait";
    let run = Lesson::new(BINARY)
        .args(["--limit", "6", "sh", "-c", script])
        .in_folder(folder.path())
        .run();
    run.assert_code(0);
    assert!(!run.stdout.contains("differs"), "{}", run.stdout);
    assert_eq!(std::fs::read_to_string(folder.path().join("seed")).unwrap(), "0");
    assert!(!folder.path().join("new").exists());
}

/// A search that is killed, or one of its workers, leaves nothing of the program behind.
#[test]
fn nothing_is_left_when_the_search_is_killed() {
    for worker_instead in [false, true] {
        let mark = format!("97531{}", u8::from(worker_instead));
        let script = format!("while :; do :; done & while :; do :; done & sleep {mark}; wait");
        let mut search = Command::new(BINARY)
            .args(["--time", "100", "sh", "-c", &script])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pid = Pid::from_raw(search.id().cast_signed());
        let mut left = || !processes_with(&mark).is_empty();
        wait_until(&mut left);
        let victim = if worker_instead { procinfo::children_of(pid).unwrap()[0] } else { pid };
        kill(victim, Signal::SIGKILL).unwrap();
        search.wait().unwrap();
        wait_until(&mut || processes_with(&mark).is_empty());
    }
}

/// The processes whose command line contains `mark`, without the search itself.
fn processes_with(mark: &str) -> Vec<Pid> {
    let is_marked = |pid: &Pid| {
        let words = procinfo::command_line(*pid).unwrap_or_default();
        let search = words.first().is_some_and(|word| word == BINARY);
        !search && words.iter().any(|word| word.to_string_lossy().contains(mark))
    };
    procinfo::pids().expect("the processes").into_iter().filter(is_marked).collect()
}

#[expect(clippy::disallowed_methods, reason = "it looks again in a while, and orders nothing")]
fn wait_until(done: &mut dyn FnMut() -> bool) {
    for _ in 0..1_500 {
        if done() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("not within half a minute");
}
