//! What a run of the lesson shows in a pipe, and how it ends.

use testkit::{Finished, Lesson};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-monitoring");

fn run(args: &[&str]) -> Finished {
    Lesson::new(LESSON).args(args).run()
}

/// Runs a script that knows the lesson as `$0`, in a folder of its own.
fn shell(script: &str) -> Finished {
    let folder = tempfile::tempdir().expect("a temporary folder");
    Lesson::new("sh").args(["-c", script, LESSON]).in_folder(folder.path()).run()
}

/// The samples, each with its title.
fn samples(run: &Finished) -> Vec<&str> {
    run.stdout.split("\n\n").filter(|block| block.starts_with("after ")).collect()
}

/// The command waits at a pipe until there is a sample; the next would be due in an hour.
#[test]
fn there_is_a_sample_at_the_start_and_one_at_the_end() {
    let run = shell(
        "mkfifo gate; \"$0\" --every 3600 -- cat gate > out & \
         until grep -qs 'cat gate' out; do sleep 0.1; done; : > gate; wait; cat out",
    );
    run.assert_success();
    let samples = samples(&run);
    assert_eq!(samples.len(), 2, "{}", run.stdout);
    assert!(samples[0].contains("COMMAND") && samples[0].ends_with("  cat gate"), "{}", samples[0]);
    assert!(samples[1].contains("zombie"), "ended and not waited for yet: {}", samples[1]);
    assert!(run.stdout.contains("'cat' ended with exit status 0 after "), "{}", run.stdout);
}

/// The command itself counts the samples, and does not end before there are enough.
#[test]
fn samples_come_as_long_as_the_command_runs() {
    let command = "until [ $(grep -c ^after out) -ge 5 ]; do sleep 0.1; done";
    let run = shell(&format!("\"$0\" --every 0.1 -- sh -c '{command}' > out && cat out"));
    run.assert_success();
    assert!(samples(&run).len() >= 5, "{}", run.stdout);
}

#[test]
fn children_stand_below_their_parents() {
    let command = "until grep -qs '└ [s]leep 0.3' out; do sleep 0.3; done";
    let run = shell(&format!("\"$0\" --every 0.1 -- sh -c \"{command}\" > out && cat out"));
    run.assert_success();
    let samples = samples(&run);
    let with_child = samples
        .iter()
        .find(|sample| sample.contains("└ sleep 0.3\n") || sample.ends_with("└ sleep 0.3"));
    let lines: Vec<&str> = with_child.expect("a sample with the child").lines().collect();
    assert!(lines[0].contains("processes 2,"), "{lines:#?}");
    assert!(lines[2].contains("s  sh -c until"), "{lines:#?}");
    assert!(lines[3].ends_with("s  └ sleep 0.3"), "{lines:#?}");
}

#[test]
fn work_shows_as_cpu_time() {
    let busy = "sh -c \"while :; do :; done\" & ";
    let command =
        "until grep -qs \"running  *[1-9].*while\" out; do sleep 0.05; done; kill $!; wait";
    let run = shell(&format!("\"$0\" --every 0.3 -- sh -c '{busy}{command}' > out && cat out"));
    run.assert_success();
    let used = run.stdout.rsplit_once(", CPU ").unwrap().1.split_once(" s\n").unwrap().0;
    assert!(used.parse::<f64>().unwrap() > 0.0, "{}", run.stdout);
}

#[test]
fn a_child_that_nobody_waits_for_shows_as_a_zombie() {
    // `exec` replaces the shell, which alone knew that it had a child. Each `cat` waits at its
    // pipe: the child until the shell is no more, its parent until the zombie has been seen.
    let command = "cat child & exec cat parent";
    let run = shell(&format!(
        "mkfifo child parent; \"$0\" --every 0.1 -- sh -c '{command}' > out & \
         until grep -qs '[0-9]s  cat parent' out; do sleep 0.1; done; : > child; \
         until grep -qs 'zombie .*└ .*cat' out; do sleep 0.1; done; : > parent; wait; cat out"
    ));
    run.assert_success();
    let zombie = |line: &str| line.contains("zombie") && line.contains("└");
    assert!(run.stdout.lines().any(zombie), "{}", run.stdout);
}

#[test]
fn the_exit_code_is_the_commands() {
    run(&["sh", "-c", "exit 0"]).assert_code(0);
    let seven = run(&["--", "sh", "-c", "exit 7"]);
    seven.assert_code(7);
    assert!(seven.stdout.contains("'sh' ended with exit status 7"), "{}", seven.stdout);
    let killed = run(&["--", "sh", "-c", "kill -9 $$"]);
    killed.assert_code(128 + 9);
    assert!(killed.stdout.contains("'sh' was ended by SIGKILL"), "{}", killed.stdout);
}

#[test]
fn a_command_that_cannot_be_run_is_named() {
    let missing = run(&["no-such-command"]);
    missing.assert_code(127);
    assert!(missing.stderr.contains("'no-such-command'"), "{}", missing.stderr);
    assert!(missing.stderr.contains("No such file"), "{}", missing.stderr);
    let folder = run(&["/"]);
    folder.assert_code(126);
    assert!(folder.stderr.contains("Permission denied"), "{}", folder.stderr);
    assert_eq!(missing.stdout + &folder.stdout, "");
}

#[test]
#[cfg(target_os = "linux")]
fn an_orphan_stays_in_sight_and_is_waited_for() {
    // The shell in the middle ends at once; `cat` lives on, until it has been seen. If nobody
    // waited for it, it would stay in the samples, as a zombie that may be called [cat].
    let command = "sh -c \"cat gate & echo\"; \
                   until grep -qs \"[0-9]s  cat gate\" out; do sleep 0.1; done; : > gate; \
                   while tail -n 6 out | grep -q \"[0-9]s  \\[*cat\"; do sleep 0.1; done";
    let run =
        shell(&format!("mkfifo gate; \"$0\" --every 0.1 -- sh -c '{command}' > out; cat out"));
    run.assert_success();
}

#[test]
#[cfg(target_os = "linux")]
fn what_the_command_leaves_behind_is_named() {
    let command = "sleep 50 & until grep -qs \"└ [s]leep 50\" out; do sleep 0.1; done";
    let run = shell(&format!("\"$0\" --every 0.1 -- sh -c '{command}' > out; cat out"));
    assert_eq!(run.code(), Some(0));
    let (_, left) = run.stdout.split_once("left behind, and still running:\n").unwrap();
    assert!(left.trim_end().ends_with(" sleep 50"), "{left}");
    assert_eq!(run.survivors.len(), 1, "it is left alone: {:?}", run.survivors);
}

#[test]
fn when_nobody_reads_even_a_stubborn_command_is_ended() {
    let command = "trap '' TERM; while :; do sleep 1; done";
    let lesson = Lesson::new(LESSON).args(["--", "sh", "-c", command]);
    lesson.start_with_room_for(0).wait_until_stuck().stop_reading().assert_success();
}

/// `head` has its line and goes; the next sample would be due in an hour.
#[test]
fn that_nobody_reads_is_noticed_at_once() {
    let run = shell("\"$0\" --every 3600 -- sleep 3000 | head -1");
    run.assert_success();
    assert_eq!(run.lines().len(), 1);
}

#[test]
fn asked_to_end_it_ends_the_command_first() {
    let command = "trap \"echo asked; exit\" TERM; while :; do sleep 0.1; done";
    let run = shell(&format!(
        "\"$0\" -- sh -c '{command}' > out & until grep -qs sleeping out; do sleep 0.1; done; \
         kill $!; wait $!; code=$?; cat out; exit $code"
    ));
    assert!(run.stdout.contains("asked\n"), "SIGTERM, and time to obey: {}", run.stdout);
    run.assert_code(128 + 15);
}

#[test]
fn a_pipe_gets_no_control_sequences() {
    assert!(!run(&["sleep", "0.1"]).stdout.contains('\x1b'));
}
