//! What the coach does without a terminal.

mod tools;

use std::fs;

use tools::{Said, Workbook, reference, wrong};

#[test]
fn a_fresh_workbook() {
    let workbook = Workbook::new("fresh");
    workbook.run(&["list"]).assert(0, &[">  1 fork_basics       not started", "0 of 12 solved."]);
    workbook.run(&["next"]).assert(0, &["fork_basics", "Read first: book/src/fork-basics.md"]);
    workbook.run(&["check"]).assert(0, &["You have not begun any exercise yet."]);
    let nothing_to_watch_in = ["not started", "cargo coach check NAME"];
    workbook.run(&[]).assert(2, &nothing_to_watch_in);
    assert!(!workbook.root.join("exercises/progress.toml").exists(), "looking changes nothing");
}

#[test]
fn what_makes_no_sense_is_named() {
    let workbook = Workbook::new("sense");
    workbook.run(&["lits"]).assert(2, &["did you mean 'list'?"]);
    workbook.run(&["many_fork"]).assert(2, &["did you mean 'many_forks'?"]);
    workbook.run(&["check", "fork-basic"]).assert(2, &["did you mean 'fork_basics'?"]);
    workbook.run(&["reset"]).assert(2, &["cargo coach reset NAME", "Usage: cargo coach"]);
    workbook.run(&["list", "all"]).assert(2, &["surplus argument 'all'"]);
    workbook.run(&["help"]).assert(0, &["Usage: cargo coach"]);
}

#[test]
fn hints_come_one_by_one() {
    let workbook = Workbook::new("hints");
    for stage in 1..=3 {
        let said = workbook.run(&["hint", "many_forks"]);
        said.assert(0, &[&format!("Hint {stage} of 3")]);
        assert_eq!(said.out.matches("Hint ").count(), stage, "{}", said.out);
    }
    workbook.run(&["hint", "many_forks"]).assert(0, &["That was the last hint."]);
}

/// Solved, then broken, then solved again; and a solved one whose `pool_map` is no longer the one
/// that it was solved with.
#[test]
fn progress_is_never_taken_for_granted() {
    let workbook = Workbook::new("progress");
    let list = |line: &str| workbook.run(&["list"]).assert(0, &[line]);
    workbook.solve("fork_basics");
    list("1 fork_basics       begun");
    let solved = ["ok, ", "Solved: fork_basics.", "Now read book/src/many-forks.md"];
    workbook.run(&["check", "fork_basics"]).assert(0, &solved);
    list("1 fork_basics       solved");

    workbook.save("fork_basics", &wrong("fork_basics", "no_wait"));
    list("1 fork_basics       changed");
    workbook.run(&["check", "fork_basics"]).assert(1, &["NOT WAITED FOR"]);
    list("1 fork_basics       broken");
    workbook.save("fork_basics", "fn nothing( {");
    workbook.run(&["check", "fork_basics"]).assert(1, &["It does not compile yet."]);
    list("1 fork_basics       broken");
    workbook.solve("fork_basics");
    list("1 fork_basics       solved");

    workbook.solve("pool_map");
    workbook.solve("process_files");
    workbook.run(&["check"]).assert(0, &["fork_basics", "pool_map", "process_files"]);
    list("3 of 12 solved.");
    workbook.save("pool_map", &(reference("pool_map") + "\n// Touched.\n"));
    list("10 process_files     changed");
    list("1 fork_basics       solved");
}

/// A mistake in one answer keeps all others from being checked; that is said, and not held
/// against them.
#[test]
fn a_mistake_elsewhere_is_told_from_ones_own() {
    let workbook = Workbook::new("elsewhere");
    workbook.solve("fork_basics");
    workbook.save("many_forks", "fn nothing( {");
    let where_it_is = "The mistake is in exercises/src/many_forks.rs.";
    workbook.run(&["check", "fork_basics"]).assert(1, &[where_it_is]);
    workbook.run(&["list"]).assert(0, &["1 fork_basics       begun"]);

    let other_name = reference("many_forks").replace("run_children", "run_all_children");
    workbook.save("many_forks", &other_name);
    let signature = ["The checks do not fit your answer.", "exercises/stubs/many_forks.rs"];
    workbook.run(&["check", "many_forks"]).assert(1, &signature);
    let what_does_not_fit = "The mistake is in exercises/tests/checks/many_forks.rs.";
    workbook.run(&["check", "fork_basics"]).assert(1, &[what_does_not_fit]);
}

#[test]
fn a_reset_keeps_the_answer() {
    let workbook = Workbook::new("reset");
    let stub = workbook.read("exercises/src/fork_basics.rs");
    workbook.save("fork_basics", "// mine\n");
    workbook.run(&["reset", "fork_basics"]).assert(1, &["cargo coach reset fork_basics --yes"]);
    assert_eq!(workbook.read("exercises/src/fork_basics.rs"), "// mine\n", "not without a yes");

    let kept = "exercises/kept/fork_basics.1.rs";
    workbook.run(&["reset", "fork_basics", "--yes"]).assert(0, &[kept]);
    assert_eq!(workbook.read("exercises/src/fork_basics.rs"), stub);
    assert_eq!(workbook.read(kept), "// mine\n");

    workbook.save("fork_basics", "// mine again\n");
    let kept = "exercises/kept/fork_basics.2.rs";
    workbook.run(&["reset", "fork_basics", "--yes"]).assert(0, &[kept]);
    assert_eq!(workbook.read("exercises/kept/fork_basics.1.rs"), "// mine\n");
    workbook.run(&["reset", "fork_basics", "--yes"]).assert(0, &["there was nothing to keep"]);

    fs::write(workbook.answer("fork_basics"), b"\xff no UTF-8").unwrap();
    workbook.run(&["list"]).assert(0, &["fork_basics       begun"]);
    workbook.run(&["reset", "fork_basics", "--yes"]).assert(0, &["fork_basics.3.rs"]);
    let kept = fs::read(workbook.root.join("exercises/kept/fork_basics.3.rs")).unwrap();
    assert_eq!(kept, b"\xff no UTF-8");
}

#[test]
fn the_reference_is_shown_after_a_yes() {
    let workbook = Workbook::new("solution");
    workbook.run(&["solution", "fork_basics"]).assert(1, &["solution fork_basics --yes"]);
    let said = workbook.run(&["solution", "fork_basics", "--yes"]);
    said.assert(0, &["solutions/src/fork_basics.rs", &reference("fork_basics")]);
    said.assert(0, &["The child's arm cannot be left."]);
}

#[test]
fn a_progress_file_that_makes_no_sense_is_left_as_it_is() {
    let workbook = Workbook::new("torn");
    let file = workbook.root.join("exercises/progress.toml");
    let torn = "version = 1\n[exercise.fork_ba";
    let foreign = "version = 1\nmood = \"good\"\n";
    let newer = "version = 2\n";
    for text in [torn, foreign, newer, "\u{0}\u{0}"] {
        fs::write(&file, text).unwrap();
        for command in [["hint", "many_forks"], ["check", "many_forks"]] {
            workbook.run(&command).assert(1, &["exercises/progress.toml"]);
            assert_eq!(fs::read_to_string(&file).unwrap(), text, "{command:?}");
        }
    }
}

#[test]
fn the_doctor_finds_what_there_is() {
    let workbook = Workbook::new("doctor");
    let said = workbook.run(&["doctor"]);
    said.assert(0, &["fork", "process limits", "compiler", "linker", "python3", "leftovers"]);
    let mut command = workbook.command(&["doctor"]);
    command.env("PATH", "/nowhere");
    Said::of(&command.output().unwrap()).assert(1, &["MISSING compiler", "https://rustup.rs"]);
}

/// A program of the workbook that nobody waits for any more.
#[cfg(target_os = "linux")]
#[test]
fn the_doctor_finds_what_was_left_behind() {
    let workbook = Workbook::new("leftovers");
    let left = workbook.root.join("sleep"); // in the target folder, as if built there
    fs::copy("/bin/sleep", &left).unwrap();
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", "\"$0\" 600 >/dev/null 2>&1 & echo $!"]).arg(&left);
    let pid = Said::of(&shell.output().unwrap()).out.trim().to_owned();
    let said = workbook.run(&["doctor"]);
    let pid_number = nix::unistd::Pid::from_raw(pid.parse().unwrap());
    nix::sys::signal::kill(pid_number, nix::sys::signal::Signal::SIGKILL).unwrap();
    said.assert(0, &["leftovers", "To mend it: `kill"]);
    // Where a line ends depends on what else may be left.
    let words: Vec<&str> = said.out.split_whitespace().collect();
    assert!(words.join(" ").contains(&format!("{pid} (sleep)")), "{}", said.out);
}

#[test]
fn there_is_no_colour_in_a_pipe() {
    let workbook = Workbook::new("pipe");
    workbook.save("fork_basics", "fn nothing( {");
    for command in [&["check", "fork_basics"][..], &["list"], &["hint"], &["doctor"]] {
        let said = workbook.run(command);
        assert!(!said.out.contains('\x1b') && !said.err.contains('\x1b'), "{}", said.out);
    }
}
