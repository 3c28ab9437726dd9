//! What a run of the lesson shows.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use testkit::{Finished, Lesson};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-signals");

fn count(run: &Finished, what: &str) -> usize {
    run.stdout.lines().filter(|line| line.contains(what)).count()
}

#[test]
fn without_a_signal_every_item_is_done() {
    let run = Lesson::new(LESSON).args(["4"]).run();
    run.assert_success();
    assert_eq!(count(&run, " begun"), 8);
    assert_eq!(count(&run, "4 of 4 items done"), 2);
}

#[test]
fn an_item_that_was_begun_is_finished_and_none_is_begun_after_it() {
    let run = Lesson::new(LESSON).args(["--interrupt", "5"]).run();
    assert_eq!(run.status.signal(), Some(Signal::SIGINT as i32), "{run:?}");
    run.assert_nothing_left();
    for worker in 1..=2 {
        let lines: Vec<&str> = run
            .stdout
            .lines()
            .filter(|line| line.starts_with(&format!("worker {worker}")))
            .collect();
        assert_eq!(lines.len(), 5, "{lines:?}");
        assert!(lines[4].ends_with("2 of 5 items done, none left half done"), "{lines:?}");
    }
    assert_eq!(count(&run, "ended with exit status 0"), 2, "{}", run.stdout);
    assert_eq!(count(&run, "SIGINT, so each worker"), 1);
}

/// As Ctrl-C does: the whole group gets it, and the workers leave it to the parent.
#[test]
fn sigint_for_the_whole_group_kills_no_worker() {
    let run = Lesson::new(LESSON).args(["100"]).start_with_room_for(120).wait_until_stuck();
    let run = run.interrupt();
    run.assert_interrupted();
    let is_done = |line: &&str| line.contains(": item ") && line.ends_with(" done");
    let done = run.stdout.lines().filter(is_done).count();
    assert_eq!(count(&run, " begun"), done, "{}", run.stdout);
    assert_eq!(count(&run, "none left half done"), 2, "{}", run.stdout);
}

/// The workers are stopped, so that no item can be finished between the two signals.
#[cfg(target_os = "linux")]
#[test]
fn a_second_signal_ends_at_once() {
    procinfo::default_terminal_signals().expect("these signals have a default action");
    let mut lesson =
        Command::new(LESSON).arg("1000").stdout(Stdio::piped()).spawn().expect("the lesson");
    let parent = Pid::from_raw(lesson.id().cast_signed());
    let mut lines = BufReader::new(lesson.stdout.take().expect("a pipe")).lines();
    let mut read_to = |what: &str| {
        lines.by_ref().map(|line| line.expect("text")).find(|line| line.contains(what))
    };
    for _ in 1..=2 {
        read_to("item 1 begun").expect("a first item");
    }
    let workers = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    for worker in workers.expect("a list").split_whitespace() {
        kill(Pid::from_raw(worker.parse().expect("a PID")), Signal::SIGSTOP).expect("a worker");
    }
    kill(parent, Signal::SIGINT).expect("the lesson");
    read_to("finishes its item").expect("the first signal");
    kill(parent, Signal::SIGINT).expect("the lesson");
    read_to("so the workers end at once").expect("the second signal");
    assert_eq!(
        lines.filter(|line| line.as_ref().is_ok_and(|line| line.contains("SIGKILL"))).count(),
        2
    );
    assert_eq!(lesson.wait().expect("its status").signal(), Some(Signal::SIGINT as i32));
}
