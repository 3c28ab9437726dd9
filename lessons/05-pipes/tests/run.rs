//! What a run of the lesson shows.

use testkit::{Finished, Lesson};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-pipes");

fn run() -> Finished {
    let run = Lesson::new(LESSON).run();
    run.assert_success();
    run
}

/// The number after `what` in a line.
fn number_after<'a>(line: &'a str, what: &str) -> &'a str {
    let rest = line.split_once(what).unwrap_or_else(|| panic!("no {what:?} in {line}")).1;
    rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default()
}

#[test]
fn the_word_comes_from_the_child_that_wrote_it() {
    let run = run();
    let lines = run.lines();
    assert_eq!(lines.len(), 5, "{}", run.stdout);
    let (parent, child) = (number_after(lines[0], "parent "), number_after(lines[1], "child  "));
    assert_ne!(parent, child);
    assert!(lines[2].contains(&format!("\"hello\" from child {child}")), "{}", lines[2]);
    let of_parent = lines.iter().filter(|line| line.starts_with(&format!("parent {parent}: ")));
    assert_eq!(of_parent.count(), 4, "{}", run.stdout);
}

#[test]
fn the_end_comes_with_the_last_write_end_and_not_with_the_child() {
    let run = run();
    let lines = run.lines();
    assert!(lines[2].ends_with("which has ended"), "{}", lines[2]);
    assert!(lines[3].ends_with("nothing, so a read would block"), "{}", lines[3]);
    assert!(lines[4].contains("closed my write end"), "{}", lines[4]);
    assert!(lines[4].ends_with("end-of-file"), "{}", lines[4]);
}

/// `timeout` ends it after a second, which it reports by exit status 124. That no process can ever go
/// on is proved by the search of all orders that the chapter shows.
#[test]
#[cfg(target_os = "linux")]
fn the_reader_that_holds_the_write_end_waits() {
    let run = Lesson::new("timeout").args(["1", LESSON, "--hold"]).run();
    assert_eq!(run.code(), Some(124), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("HAZARD"), "{}", run.stdout);
    assert!(!run.stdout.contains("end-of-file"), "{}", run.stdout);
}
