//! What a run of the lesson shows.

use testkit::{Finished, Lesson};

fn run(args: &[&str]) -> Finished {
    let run = Lesson::new(env!("CARGO_BIN_EXE_lesson-exec")).args(args).run();
    run.assert_success();
    run
}

/// The values before and after exec in the row `name`.
fn row<'a>(run: &'a Finished, name: &str) -> [&'a str; 2] {
    let row = run.lines().into_iter().find(|line| line.starts_with(name));
    let row = row.unwrap_or_else(|| panic!("no row {name}:\n{}", run.stdout));
    let (before, after) = row[13..].split_at(23);
    [before.trim_end(), after]
}

#[test]
fn the_process_is_the_same() {
    let run = run(&[]);
    let child = run.stdout.split_once("forked ").expect("the first line").1;
    let child = child.split_once(';').expect("a PID, then more").0;
    assert_eq!(row(&run, "PID"), [child, child]);
    let parent = run.stdout.strip_prefix("parent ").expect("the first line");
    let parent = parent.split_once(':').expect("a PID before a colon").0;
    assert_eq!(row(&run, "parent  "), [parent, parent]);
    let ended = format!("{child} ended with exit status 0");
    assert!(run.stdout.contains(&ended), "{}", run.stdout);
    assert_eq!(row(&run, "folder"), ["/", "/"]);
    let [before, after] = row(&run, "environment");
    assert_eq!(before, after);
}

#[test]
fn an_ignored_signal_stays_ignored_and_a_handler_goes() {
    let run = run(&[]);
    assert_eq!(row(&run, "SIGUSR1"), ["a handler", "default action"]);
    assert_eq!(row(&run, "SIGUSR2"), ["ignored", "ignored"]);
}

#[test]
fn descriptors_with_the_mark_are_closed_and_the_others_stay() {
    let run = run(&[]);
    let [before, after] = row(&run, "descriptors");
    assert!(before.split(' ').any(|number| number.ends_with('+')), "{before}");
    let stay: Vec<&str> = before.split(' ').filter(|number| !number.ends_with('+')).collect();
    assert_eq!(after.split(' ').collect::<Vec<_>>(), stay);
    assert!(stay.contains(&"1"), "what dup2 made is not closed: {after}");
}

#[test]
fn memory_is_new() {
    assert_eq!(row(&run(&[]), "APPLES"), ["3", "0"]);
}

#[test]
fn the_report_alone_forks_nothing() {
    let run = run(&["report"]);
    assert_eq!(run.lines().len(), 8);
    assert!(run.lines().iter().all(|line| line.contains('\t')), "{}", run.stdout);
}
