//! What a run of the lesson shows.

use testkit::Lesson;

fn run(args: &[&str]) -> testkit::Finished {
    let run = Lesson::new(env!("CARGO_BIN_EXE_lesson-fork-basics")).args(args).run();
    run.assert_success();
    run
}

/// The PIDs that the lines starting with `who` begin with.
fn speakers<'a>(run: &'a testkit::Finished, who: &str) -> Vec<&'a str> {
    let said = run.stdout.lines().filter_map(|line| line.strip_prefix(who)?.split_once(':'));
    said.map(|(pid, _)| pid.trim()).collect()
}

#[test]
fn parent_and_child_know_each_other() {
    let run = run(&[]);
    let (parent, child) = (speakers(&run, "parent")[0], speakers(&run, "child")[0]);
    assert_ne!(parent, child);
    assert!(run.stdout.contains(&format!("child   {child}: my parent is {parent}\n")));
    assert!(run.stdout.contains(&format!("my child is {child}\n")));
    assert!(run.stdout.contains(&format!("child {child} ended with exit status 3\n")));
}

#[test]
fn what_the_child_changes_the_parent_never_sees() {
    let run = run(&[]);
    let parent = speakers(&run, "parent")[0];
    let lines = run.lines();
    assert_eq!(lines[0], format!("process {parent}: there is one of me, and I have 1 apple"));
    assert_eq!(lines[lines.len() - 1], format!("process {parent}: I have 1 apple"));
    assert!(run.stdout.contains("I picked one more, so I have 2 apples\n"));
}

#[test]
fn the_parent_learns_the_end_after_the_child_spoke() {
    let run = run(&[]);
    let last_of_child = run.lines().iter().rposition(|line| line.starts_with("child"));
    let waited = run.lines().iter().position(|line| line.contains("ended with exit status"));
    assert!(last_of_child < waited, "{}", run.stdout);
}

#[test]
fn a_child_that_does_not_end_runs_the_parents_code() {
    let run = run(&["--forget-exit"]);
    let (parent, child) = (speakers(&run, "parent")[0], speakers(&run, "child")[0]);
    assert_eq!(speakers(&run, "process"), [parent, child, parent]);
    assert!(run.stdout.contains(&format!("process {child}: I have 2 apples\n")));
    assert!(run.stdout.contains(&format!("child {child} ended with exit status 0\n")));
    assert!(run.stdout.contains("HAZARD"));
}
