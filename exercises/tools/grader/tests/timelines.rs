//! A failed check can be drawn, and the verdict is the same with the picture and without.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

#[path = "tools/fixture.rs"]
mod fixture;

use fixture::fixture;

const HINT: &str = "See it drawn: GRADER_TIMELINE=1 cargo test -p exercises";

/// What the checks print, and whether they passed.
fn run(filters: &[&str], variable: Option<&str>) -> (String, bool) {
    let mut program = fixture("forks");
    program.args(filters).env_remove("GRADER_TIMELINE");
    program.envs(variable.map(|value| ("GRADER_TIMELINE", value)));
    let output = program.output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

fn drawn(filters: &[&str]) -> String {
    run(filters, Some("1")).0
}

/// The line of the picture that begins with this name.
fn lane<'a>(text: &'a str, name: &str) -> &'a str {
    let head = |line: &str| line.trim_start_matches([' ', '├', '└', '─', '│']).starts_with(name);
    text.lines().find(|line| head(line) && line.contains('━')).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn without_being_asked_there_is_one_line_for_an_exercise() {
    let (text, _) = run(&[], None);
    let hints: Vec<&str> = text.lines().filter(|line| line.contains(HINT)).collect();
    let exercises = hints.iter().map(|line| line.rsplit_once(' ').unwrap().1);
    assert_eq!(exercises.collect::<Vec<_>>(), ["unreaped", "stuck", "ignored"], "{text}");
    assert!(!text.contains('━'), "{text}");
    assert!(run(&["zombie"], Some("")).0.contains(HINT), "an empty variable asks for nothing");
}

/// As a coach asks, who says the rest in words of its own.
#[test]
fn who_asks_for_it_gets_the_verdicts_alone() {
    let (text, passed) = run(&["zombie", "--brief"], None);
    assert!(text.contains("NOT WAITED FOR") && !passed, "{text}");
    assert!(!text.contains(HINT) && !text.contains("test result"), "{text}");
}

#[test]
fn without_a_terminal_the_environment_says_how_wide_it_is() {
    let mut program = fixture("forks");
    program.arg("zombie").env("GRADER_TIMELINE", "1").env("COLUMNS", "60");
    let text = String::from_utf8(program.output().unwrap().stdout).unwrap();
    let drawn = text.lines().filter(|line| line.contains('━'));
    assert!(drawn.clone().count() > 1, "{text}");
    drawn.for_each(|line| assert!(line.chars().count() <= 60, "{line}"));
}

#[test]
fn a_zombie_is_drawn() {
    let text = drawn(&["zombie"]);
    assert!(text.contains("NOT WAITED FOR"), "{text}");
    assert!(lane(&text, "child 1 ").ends_with("exit 0") && lane(&text, "child 1 ").contains('┛'));
    let zombie = lane(&text, "child 2 ");
    assert!(zombie.ends_with("░ exit 3") && !zombie.contains('┛'), "{text}");
    assert!(text.contains(") is never reaped."), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_orphan_is_drawn_with_the_pid_of_the_verdict() {
    let text = drawn(&["orphan"]);
    let (before, _) = text.split_once(" orphan: sleeping").unwrap();
    let pid = before.rsplit(' ').next().unwrap();
    let orphan = lane(&text, &format!("child 1 {pid} "));
    assert!(orphan.contains('◇') && orphan.ends_with("━ alive"), "{text}");
    assert!(text.contains("adopted"), "{text}");
    assert!(lane(&text, "parent").ends_with("exit 0"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_deadlock_is_drawn() {
    let text = drawn(&["deadlock"]);
    assert!(text.contains("DEADLOCK"), "{text}");
    assert!(lane(&text, "parent").ends_with("╌ alive"), "{text}");
    assert!(lane(&text, "child 1").ends_with("━ alive"), "{text}");
    assert!(text.contains(" 2 still alive\n"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_nobody_recorded_is_looked_at() {
    let text = drawn(&["killed_child"]);
    assert!(lane(&text, "child 1").ends_with(" a signal"), "{text}");
    let text = drawn(&["nobody_is_told"]);
    assert!(text.contains("1 discarded") && !text.contains("never reaped"), "{text}");
    assert!(lane(&text, "parent").ends_with("━ exit 101"), "still waiting: {text}");
}

/// Only the hint and the picture may differ; so do times, and PIDs where there is no namespace.
#[test]
fn the_verdict_is_the_same() {
    let (plain, passed) = run(&[], None);
    let (pictured, passed_too) = run(&[], Some("1"));
    assert_eq!(passed, passed_too);
    let without_digits = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let (plain, pictured) = (without_digits(&plain), without_digits(&pictured));
    let mut lines = pictured.lines();
    for line in plain.lines().filter(|line| !line.contains("See it drawn: ")) {
        assert!(lines.any(|other| other == line), "no \"{line}\" there in {pictured}");
    }
    assert!(!pictured.contains("See it drawn: "), "{pictured}");
}

#[test]
fn nothing_is_drawn_where_nobody_forked_or_nothing_failed() {
    let text = drawn(&["alone"]);
    assert!(text.contains("CHECK FAILED") && !text.contains('━'), "{text}");
    assert!(drawn(&["in_order", "--nocapture"]).contains("1 reaped"), "it can be asked for");
}

#[test]
fn it_fits_and_has_colour_only_if_asked() {
    let text = drawn(&["unreaped", "stuck"]);
    let picture = text.lines().filter(|line| line.contains(['━', '░', '◇']));
    let widest = picture.map(|line| line.chars().count()).max();
    assert!(widest.is_some_and(|width| (60..=80).contains(&width)), "{widest:?}: {text}");
    assert!(!text.contains('\x1b'));
    let coloured = drawn(&["zombie", "--color", "always"]);
    let lane = coloured.lines().find(|line| line.contains('┗')).unwrap();
    assert!(lane.contains('\x1b'), "{coloured}");
}
