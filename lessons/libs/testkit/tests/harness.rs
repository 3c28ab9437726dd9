//! The harness sees what a lesson leaves behind: without this, no other test means much.

use testkit::{Finished, Lesson};

fn shell(script: &str) -> Finished {
    Lesson::new("sh").args(["-c", script]).run()
}

#[test]
fn a_run_that_waits_leaves_nothing() {
    shell("true & wait").assert_success();
}

#[test]
#[cfg(target_os = "linux")]
fn a_child_that_nobody_waited_for_is_seen() {
    // `exec` replaces the shell, which alone knew that it had a child.
    let run = shell("true & exec true");
    assert_eq!(run.not_waited_for.len(), 1);
    assert!(run.survivors.is_empty());
}

#[test]
fn an_orphan_that_lives_on_is_seen_and_ended() {
    let run = shell("sleep 50 & echo gone");
    assert_eq!(run.stdout, "gone\n");
    assert_eq!(run.survivors.len(), 1, "{:?}", run.survivors);
}

#[test]
fn a_full_pipe_stops_the_run_in_the_middle() {
    let run = Lesson::new("sh").args(["-c", "echo one; echo two; echo three; echo four"]);
    let run = run.start_with_room_for("one\ntwo\n".len()).wait_until_stuck().interrupt();
    // The write it is stuck in may still come through when the pipe is read at last.
    assert!(["one\ntwo\n", "one\ntwo\nthree\n"].contains(&&*run.stdout), "{}", run.stdout);
    run.assert_interrupted();
}

#[test]
#[cfg(target_os = "linux")]
fn every_fork_is_refused() {
    let lesson = Lesson::new("sh").args(["-c", "true & wait"]).refuse_forks_after(0);
    let run = lesson.expect("anybody may refuse himself all forks").run();
    assert!(run.stderr.contains("fork"), "{run:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_second_fork_is_refused() {
    let script = "true & wait; echo one; true & true & echo not reached";
    match Lesson::new("/bin/sh").args(["-c", script]).refuse_forks_after(1) {
        Ok(lesson) => {
            let run = lesson.run();
            assert_eq!(run.stdout, "one\n");
            assert!(run.stderr.contains("fork"), "{run:?}");
        }
        Err(why) => testkit::skip(format!("refusing the second fork: {why}")),
    }
}

#[test]
fn a_terminal_shows_what_is_written_and_passes_on_what_is_typed() {
    let script =
        "test -t 0 && test -t 1 && stty size && read line && echo \"read $line\" && stty size";
    let mut terminal = Lesson::new("sh").args(["-c", script]).start_on_terminal(10, 40);
    terminal.wait_for("10 40\n");
    terminal.resize(12, 50);
    terminal.type_in("hello\n");
    let (run, screen) = terminal.finish();
    run.assert_success();
    assert!(screen.contains("read hello\n12 50\n"), "{screen}");
}

#[test]
fn ctrl_c_typed_on_a_terminal_reaches_the_whole_run() {
    // A shell may be deaf to Ctrl-C between its commands. Who says "started" must not be.
    let script = "(trap - INT; echo started; exec sleep 60); true";
    let mut terminal = Lesson::new("sh").args(["-c", script]).start_on_terminal(10, 40);
    terminal.wait_for("started");
    terminal.type_in("\x03");
    terminal.finish().0.assert_interrupted();
}
