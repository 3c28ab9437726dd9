//! What a run of the lesson shows.

use std::collections::BTreeMap;

use testkit::{Finished, Lesson};

fn run(args: &[&str]) -> Finished {
    let run = Lesson::new(env!("CARGO_BIN_EXE_lesson-many-forks")).args(args).run();
    run.assert_success();
    run
}

/// PID to the number in the rest of the line, of all lines that `parse` knows.
fn by_pid(run: &Finished, parse: impl Fn(&str) -> Option<(&str, &str)>) -> BTreeMap<String, u8> {
    let found = run.stdout.lines().filter_map(parse);
    found.map(|(pid, number)| (pid.to_owned(), number.parse().expect("a number"))).collect()
}

#[test]
fn forked_told_and_reaped_are_the_same_children() {
    let run = run(&["8"]);
    let forked = by_pid(&run, |line| {
        let (number, pid) = line.split_once("forked child ")?.1.split_once(", PID ")?;
        Some((pid, number))
    });
    let told = by_pid(&run, |line| {
        let (number, rest) = line.strip_prefix("child ")?.split_once(": PID ")?;
        Some((rest.split_once(',')?.0, number))
    });
    let reaped =
        by_pid(&run, |line| line.split_once(": PID ")?.1.split_once(" ended with exit status "));
    assert_eq!(forked.len(), 8);
    assert_eq!(forked.values().sum::<u8>(), (1..=8).sum(), "each number once");
    assert_eq!(forked, told);
    assert_eq!(forked, reaped);
}

#[test]
fn every_child_has_the_same_parent() {
    let run = run(&["5"]);
    let from_parent = |line: &&str| line.starts_with("parent");
    let parent = run.stdout.lines().find(from_parent).expect("a line of the parent");
    let parent = parent.split_once(':').expect("its PID before a colon").0;
    let pid = parent.strip_prefix("parent ").expect("BUG: looked for it above");
    let children = run.stdout.lines().filter(|line| line.starts_with("child"));
    assert_eq!(children.filter(|line| line.ends_with(&format!("my parent is {pid}"))).count(), 5);
    let others = run.stdout.lines().filter(|line| !line.starts_with("child"));
    assert!(others.into_iter().all(|line| line.starts_with(parent)), "{}", run.stdout);
}

#[test]
fn three_by_default_and_none_if_asked() {
    assert_eq!(run(&[]).lines().len(), 9);
    assert_eq!(run(&["0"]).stdout, "");
}
