//! What a run of the lesson shows.
#![cfg(target_os = "linux")]

use testkit::Lesson;

/// PID, parent, group and program of each process, before and after the end of the shell.
type Row = (u32, u32, u32, String);

fn rows() -> (u32, [Vec<Row>; 2], String) {
    let run = Lesson::new(env!("CARGO_BIN_EXE_lesson-process-groups")).run();
    run.assert_success();
    let me = run.stdout.strip_prefix("I am ").expect("the first line");
    let me = me.split_once(',').expect("its PID").0.parse().expect("a number");
    let (before, rest) = run.stdout.split_once("kill -KILL").expect("the first kill");
    let (after, end) = rest.split_once("kill -TERM").expect("the second kill");
    (me, [before, after].map(table), end.to_owned())
}

fn table(text: &str) -> Vec<Row> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [pid, parent, group, _session, program] = words[..] else { return None };
        Some((pid.parse().ok()?, parent.parse().ok()?, group.parse().ok()?, program.to_owned()))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn a_shell_and_its_commands_are_one_group() {
    let (me, [before, _], _) = rows();
    assert_eq!(before.len(), 3, "{before:?}");
    let shell = before[0].0;
    assert_eq!(before[0].1, me);
    assert!(before.iter().all(|row| row.2 == shell), "{before:?}");
    assert!(before[1..].iter().all(|row| row.1 == shell && row.3 == "sleep"), "{before:?}");
}

#[test]
fn killing_the_shell_leaves_its_commands_in_the_group() {
    let (me, [before, after], _) = rows();
    let pids = |rows: &[Row]| rows.iter().map(|row| row.0).collect::<Vec<_>>();
    assert_eq!(pids(&after), pids(&before[1..]), "the same processes");
    assert!(after.iter().all(|row| row.1 == me), "adopted: {after:?}");
    assert!(after.iter().all(|row| row.2 == before[0].0), "still in the group: {after:?}");
}

#[test]
fn one_signal_for_the_group_reaches_all() {
    let (.., end) = rows();
    assert!(end.contains("2 processes ended"), "{end}");
    assert!(end.trim_end().ends_with(": 0"), "{end}");
}
