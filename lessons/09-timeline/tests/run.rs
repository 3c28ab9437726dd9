//! The lesson as a reader runs it: what it prints, hands on and refuses.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use testkit::{Finished, Lesson};

const BINARY: &str = env!("CARGO_BIN_EXE_lesson-timeline");

fn run(args: &[&str]) -> Finished {
    Lesson::new(BINARY).args(args).run()
}

#[test]
fn the_commands_output_comes_first_and_then_the_drawing() {
    let run = run(&["--", "sh", "-c", "(echo hello); echo there >&2"]);
    assert_eq!(run.stderr, "there\n");
    let lines = run.lines();
    assert_eq!(lines[0], "hello");
    assert!(lines[1].starts_with("ms"), "{}", run.stdout);
    assert!(lines[2].starts_with("parent ") && lines[2].ends_with("exit 0"), "{}", run.stdout);
    assert!(lines[3].starts_with("└─ child 1 "), "{}", run.stdout);
    assert!(run.stdout.contains("2 processes in"), "{}", run.stdout);
    run.assert_code(0);
}

#[test]
fn the_exit_code_is_handed_on() {
    run(&["--", "sh", "-c", "exit 42"]).assert_code(42);
    run(&["--", "sh", "-c", "kill -KILL $$"]).assert_code(128 + 9);
    run(&["--poll", "--", "sh", "-c", "exit 42"]).assert_code(42);
}

/// Rust programs ignore SIGPIPE; the command is not to inherit that.
#[test]
fn a_closed_pipe_ends_the_command_as_usual() {
    let run = run(&["--", "sh", "-c", "yes | head -n 1"]);
    assert_eq!(run.stderr, "");
    assert!(run.stdout.contains("SIGPIPE"), "{}", run.stdout);
    run.assert_code(0);
}

#[test]
fn a_command_that_is_not_there() {
    let run = run(&["--", "no-such-command"]);
    run.assert_code(127);
    let expected = "lesson-timeline: cannot run 'no-such-command': No such file or directory";
    assert!(run.stderr.starts_with(expected), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn a_command_that_may_not_run() {
    let run = run(&["--", "/dev/null"]);
    run.assert_code(126);
    assert!(run.stderr.contains("Permission denied"), "{}", run.stderr);
}

#[test]
fn no_line_is_wider_than_asked_for() {
    for width in [40, 80, 120] {
        let run = run(&["--width", &width.to_string(), "--", "sh", "-c", "(exit 1) | (exit 2)"]);
        run.assert_code(2);
        assert!(run.lines().iter().all(|line| line.chars().count() <= width), "{}", run.stdout);
    }
}

#[test]
fn ascii_alone_and_no_colour_in_a_pipe() {
    let run = run(&["--ascii", "--words", "--", "sh", "-c", "(kill -9 $$) | cat"]);
    assert!(run.stdout.is_ascii(), "{}", run.stdout);
    assert!(!run.stdout.contains('\x1b'), "{}", run.stdout);
}

#[test]
fn a_recording_is_drawn_as_the_run_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    let file = file.to_str().unwrap();
    let recorded = run(&["--json", file, "--", "sh", "-c", "(exit 3); exit 0"]);
    recorded.assert_success();
    assert_eq!(recorded.stdout, "", "nothing is drawn beside --json");
    let drawn = run(&["--from", file]);
    drawn.assert_success();
    assert!(drawn.stdout.contains("exit 3"), "{}", drawn.stdout);
    assert_eq!(drawn.stdout, run(&["--from", file]).stdout);
}

#[test]
fn svg_is_written_instead_of_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.svg");
    run(&["--svg", file.to_str().unwrap(), "--", "sh", "-c", "(exit 3)"]).assert_code(3);
    let picture = std::fs::read_to_string(file).unwrap();
    assert!(picture.starts_with("<svg ") && picture.contains("ends with exit status 3"));
}

#[test]
fn a_file_that_is_no_recording_is_named_with_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    std::fs::write(&file, "\n{\"us\":0}\n").unwrap();
    let run = run(&["--from", file.to_str().unwrap()]);
    run.assert_code(1);
    assert!(run.stderr.contains("run.jsonl: line 2 is no event"), "{}", run.stderr);
    assert_eq!(self::run(&["--from", "/nowhere/at-all"]).code(), Some(1));
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_the_command_runs() {
    let run = run(&["--json", "/nowhere/at-all", "--", "echo", "ran"]);
    run.assert_code(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("/nowhere/at-all"), "{}", run.stderr);
}

#[test]
fn polling_says_what_it_misses() {
    let run = run(&["--poll", "--", "true"]);
    run.assert_success();
    assert!(run.stdout.contains("are missing"), "{}", run.stdout);
}

/// Under another tracer ptrace is refused; here the other is the lesson itself.
#[test]
fn refused_ptrace_is_said_and_replaced() {
    let run = run(&["--json", "/dev/null", "--", BINARY, "--", "sh", "-c", "exit 6"]);
    run.assert_code(6);
    assert!(run.stderr.contains("ptrace is refused here"), "{}", run.stderr);
    assert!(run.stdout.contains("are missing"), "{}", run.stdout);
}

/// The command gets it too; how it took it is drawn.
#[test]
fn ctrl_c_ends_the_command_and_is_drawn() {
    let stalled = Lesson::new(BINARY).args(["--", "yes"]).start_with_room_for(0);
    let run = stalled.wait_until_stuck().interrupt();
    run.assert_interrupted();
    assert!(run.stdout.contains("1 ended by a signal"), "no drawing");
}

/// SIGKILL cannot be caught; the kernel sees to it (PTRACE_O_EXITKILL).
#[test]
fn the_command_does_not_outlive_a_killed_recorder() {
    let mut recorder = Command::new(BINARY)
        .args(["--", "cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = recorder.stdin.take().unwrap();
    let mut output = BufReader::new(recorder.stdout.take().unwrap());
    input.write_all(b"it runs\n").unwrap();
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "it runs\n");
    recorder.kill().unwrap();
    recorder.wait().unwrap();
    // The output ends when no process has it open any more. `cat` would, as its input stays open.
    let (over, is_over) = mpsc::channel();
    std::thread::spawn(move || over.send(output.read_to_string(&mut line)));
    let rest = is_over.recv_timeout(Duration::from_secs(60)).expect("the command has ended");
    assert_eq!(rest.unwrap(), 0);
    drop(input);
}
