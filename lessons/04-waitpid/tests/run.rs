//! What a run of the lesson shows.

use nix::sys::resource::{Resource, getrlimit};
use testkit::{Finished, Lesson};

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-waitpid");

fn run(part: &str) -> Finished {
    let run = Lesson::new(LESSON).args([part]).run();
    run.assert_success();
    run
}

/// The first line that contains `what`.
fn line<'a>(run: &'a Finished, what: &str) -> &'a str {
    let line = run.stdout.lines().find(|line| line.contains(what));
    line.unwrap_or_else(|| panic!("no {what:?} in\n{}", run.stdout))
}

/// The number after `what`.
fn number_after(text: &str, what: &str) -> u32 {
    let rest = text.split_once(what).unwrap_or_else(|| panic!("no {what:?} in {text}")).1;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_else(|| panic!("no number in {rest}"))
}

#[test]
fn exit_statuses_are_in_the_upper_byte() {
    let run = run("status");
    let row = |call| line(&run, call).split_whitespace().collect::<Vec<_>>();
    assert_eq!(row("exit(0)")[1..6], ["0", "0x0000", "exit", "status", "0"]);
    assert_eq!(row("exit(3)")[1..6], ["768", "0x0300", "exit", "status", "3"]);
    assert_eq!(row("exit(255)")[1..6], ["65280", "0xff00", "exit", "status", "255"]);
    assert_eq!(row("exit(256)")[1..6], ["0", "0x0000", "exit", "status", "0"]);
    assert_eq!(row("exit(-1)")[1..6], ["65280", "0xff00", "exit", "status", "255"]);
}

#[test]
fn signals_are_in_the_lower_byte() {
    let run = run("status");
    let row = |call| line(&run, call).split_whitespace().collect::<Vec<_>>();
    assert_eq!(row("SIGTERM")[1..6], ["15", "0x000f", "ended", "by", "SIGTERM"]);
    let stopped = row("SIGSTOP");
    assert!(stopped[2].ends_with("7f"), "{stopped:?}");
    assert_eq!(stopped[3..6], ["stopped", "by", "SIGSTOP"]);
}

/// Whether a process that may dump core does so, into the folder it is in.
fn cores_are_files() -> bool {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let hard = getrlimit(Resource::RLIMIT_CORE).map_or(0, |(_soft, hard)| hard);
    hard > 0 && pattern.trim() == "core"
}

#[test]
fn a_core_is_dumped_or_the_reason_given_and_none_lies_about() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lesson = Lesson::new(LESSON).args(["status"]).in_folder(folder.path());
    let run = lesson.env("TMPDIR", temporary.path()).run();
    run.assert_success();
    let status = line(&run, "abort()").split_whitespace().nth(1).unwrap();
    if status == "134" {
        assert!(line(&run, "with a core").contains("ended by SIGABRT"));
    } else {
        assert!(!cores_are_files(), "a core should have been written here:\n{}", run.stdout);
        assert_eq!(status, "6");
        assert!(run.stdout.contains("No core was written"), "{}", run.stdout);
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "in the reader's folder");
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0, "in the temporary folder");
}

#[test]
fn no_core_where_the_hard_limit_forbids_it() {
    let script = "ulimit -Hc 0 && exec \"$0\" status";
    let run = Lesson::new("sh").args(["-c", script, LESSON]).run();
    run.assert_success();
    // Where a program collects the cores, the limit does not bind (man 5 core).
    if !run.stdout.contains("where the system collects them") {
        assert!(run.stdout.contains("the hard limit on its size is 0"), "{}", run.stdout);
    }
}

#[test]
fn wait_gives_the_children_in_the_order_they_end() {
    let run = run("waiting");
    let rows: Vec<&str> =
        run.stdout.lines().filter(|line| line.contains("release ")).take(3).collect();
    for (row, code) in rows.iter().zip([2, 3, 1]) {
        assert_eq!(number_after(row, "release "), number_after(row, "wait(): "), "{row}");
        assert_eq!(number_after(row, "exit status "), code, "{row}");
    }
    assert!(run.stdout.contains("ECHILD"));
}

#[test]
fn waiting_for_one_leaves_the_other() {
    let run = run("waiting");
    let lines = run.lines();
    let first = lines.iter().position(|line| line.contains("for one child")).unwrap();
    assert!(lines[first].ends_with("exit status 2"));
    assert!(lines[first + 1].ends_with("exit status 1"));
    assert_ne!(number_after(lines[first], "waitpid("), number_after(lines[first + 1], "waitpid("));
}

#[test]
fn without_blocking_there_is_nothing_to_know_yet() {
    let run = run("waiting");
    let row = line(&run, "WNOHANG");
    let pid = number_after(row, "waitpid(");
    assert!(row.contains("StillAlive"), "{row}");
    assert!(line(&run, &format!("waitpid({pid}):")).ends_with("exit status 4"));
}

#[test]
fn a_time_limit_runs_out_and_another_does_not() {
    let run = run("waiting");
    let ways = if cfg!(target_os = "linux") { 2 } else { 1 };
    let count = |what| run.stdout.lines().filter(|line| line.contains(what)).count();
    assert_eq!(count("limit 50ms:"), ways);
    assert_eq!(count("has not ended"), ways);
    assert_eq!(count("limit 10s: exit status "), ways);
}

/// `strace` lets each wait's first poll fail as if a signal handler had run, and only after 60 ms: of
/// the limit of 50 ms nothing is left, and of the one of 10 s enough.
#[test]
#[cfg(target_os = "linux")]
fn an_interrupted_wait_goes_on_for_the_time_that_is_left() {
    if std::process::Command::new("strace").arg("-V").output().is_err() {
        return testkit::skip("polls that a signal interrupts: there is no strace here");
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("strace.txt");
    // The first poll is that of Rust's runtime, before main; then each second one fails.
    let inject = "inject=poll,ppoll:error=EINTR:delay_enter=60000:when=2+2";
    let strace = Lesson::new("strace").args(["-e", inject, "-e", "trace=poll,ppoll", "-o"]);
    let run = strace.args([trace.as_os_str()]).args([LESSON, "waiting"]).run();
    run.assert_success();
    assert_eq!(run.stdout.matches("has not ended").count(), 2, "{}", run.stdout);
    assert_eq!(run.stdout.matches("limit 10s: exit status ").count(), 2, "{}", run.stdout);

    let calls = std::fs::read_to_string(trace).unwrap();
    let calls: Vec<&str> = calls.lines().filter(|call| call.contains("], 1, ")).collect();
    let is_over = |call: &str| call.contains("1, 0)") || call.contains("{tv_sec=0, tv_nsec=0}");
    assert_eq!(calls.len(), 8, "{calls:#?}");
    for (number, call) in calls.iter().enumerate() {
        assert_eq!(call.contains("EINTR"), number % 2 == 0, "{calls:#?}");
        assert_eq!(is_over(call), number % 4 == 1, "{calls:#?}");
    }
}

#[test]
fn a_zombie_has_a_living_parent_and_no_signal_removes_it() {
    let run = run("zombie");
    let me = number_after(&run.stdout, "I am ");
    let parent = format!("parent {me}");
    let alive = line(&run, "while it runs:");
    assert!(!alive.contains("state Z") && alive.contains(&parent), "{alive}");
    for when in ["after its end:", "after SIGKILL:"] {
        let dead = line(&run, when);
        assert!(dead.contains("state Z") && dead.contains(&parent), "{dead}");
        assert!(dead.contains("memory none"), "{dead}");
    }
    assert!(line(&run, "after my wait:").ends_with("gone"));
    assert!(line(&run, "waitpid returned:").contains("exit status 7"));
}

#[test]
fn an_orphan_lives_on_and_is_adopted() {
    let run = run("orphan");
    let me = number_after(&run.stdout, "I am ");
    let child = number_after(&run.stdout, "I forked ");
    let (before, after) = (line(&run, "before: "), line(&run, "after: "));
    assert_eq!(number_after(before, "parent "), child);
    assert_eq!(number_after(after, "parent "), if cfg!(target_os = "linux") { me } else { 1 });
    assert!(!after.contains("state Z"), "an orphan is alive: {after}");
    assert_eq!(before.split(' ').next(), after.split(' ').next(), "one and the same process");
    assert!(line(&run, "killed: ").starts_with(&child.to_string()));
    assert!(line(&run, "killed: ").contains("SIGTERM"));
}

#[test]
fn a_part_is_shown_alone_and_all_of_them_together() {
    let all = Lesson::new(LESSON).run();
    all.assert_success();
    for (part, heading) in [
        ("status", "The status word"),
        ("waiting", "Four ways to wait"),
        ("zombie", "A zombie: an ended child"),
        ("orphan", "An orphan: a live process"),
    ] {
        assert!(all.stdout.contains(heading));
        let alone = run(part).stdout;
        assert!(alone.starts_with(heading));
        assert_eq!(alone.matches("----\n").count(), 1, "{alone}");
    }
}

#[test]
fn an_unknown_part_is_named() {
    let run = Lesson::new(LESSON).args(["ghost"]).run();
    run.assert_code(2);
    assert!(run.stderr.contains("'ghost'"), "{}", run.stderr);
}

/// The child may fork no grandchild: the parent is told why, and waits for the child.
#[test]
#[cfg(target_os = "linux")]
fn the_childs_own_fork_is_refused() {
    match Lesson::new(LESSON).args(["orphan"]).refuse_forks_after(1) {
        Err(why) => testkit::skip(format!("refusing the child's own fork: {why}")),
        Ok(lesson) => {
            let run = lesson.run();
            run.assert_code(1);
            assert!(run.stderr.contains("the child's fork failed: "), "{}", run.stderr);
            assert!(run.stderr.contains("hint: "), "{}", run.stderr);
        }
    }
}

/// Whatever line it is at when Ctrl-C comes: no zombie, no orphan, no child at a gate.
#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_leaves_nothing_at_any_line() {
    let all = Lesson::new(LESSON).run().stdout;
    // Times and PIDs vary in length, so near its end a run might not be stopped.
    let stops = all.match_indices('\n').map(|(at, _)| at).filter(|at| at + 100 < all.len());
    for end_of_line in stops {
        let run = Lesson::new(LESSON).start_with_room_for(end_of_line);
        run.wait_until_stuck().interrupt().assert_interrupted();
    }
}
