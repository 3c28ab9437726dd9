//! What the coach does without a terminal.

mod tools;

use std::fs;

use tools::{Said, Workbook, line, reference, solved, wrong};

#[test]
fn a_fresh_workbook() {
    let workbook = Workbook::new("fresh");
    let first = &tools::names()[0];
    let marked = format!("> {}", line(first, "not started"));
    workbook.run(&["list"]).assert(0, &[&marked, &solved(0)]);
    workbook.run(&["next"]).assert(0, &[first, "Read first: book/src/fork-basics.md"]);
    workbook.run(&["check"]).assert(0, &["You have not started any exercise yet."]);
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
    workbook.run(&["list", "all"]).assert(2, &["unexpected argument 'all'"]);
    workbook.run(&["help"]).assert(0, &["Usage: cargo coach"]);
}

/// As a reader does who has installed the coach and works in a project of their own.
#[test]
fn the_workbook_may_be_named() {
    let (workbook, elsewhere) = (Workbook::new("named"), tempfile::tempdir().unwrap());
    let run = |named: &str| {
        let mut coach = workbook.command(&["hint", "fork_basics"]);
        coach.current_dir(elsewhere.path()).env("WORKBOOK", named);
        Said::of(&coach.output().unwrap())
    };
    run(workbook.root.to_str().unwrap()).assert(0, &["Hint 1 of 3"]);
    let remembered = fs::read_to_string(workbook.root.join("exercises/progress.toml")).unwrap();
    assert!(remembered.contains("fork_basics"), "it was this workbook: {remembered}");
    run("not-there").assert(1, &["WORKBOOK names", "not-there", "cannot be opened"]);
    run(".").assert(1, &["which is not the folder of a workbook"]);
}

#[test]
fn hints_come_one_by_one() {
    let workbook = Workbook::new("hints");
    for stage in 1..=3 {
        let said = workbook.run(&["hint", "many_forks"]);
        said.assert(0, &[&format!("Hint {stage} of 3")]);
        assert_eq!(said.out.matches("Hint ").count(), 1, "the new one only: {}", said.out);
    }
    let again = workbook.run(&["hint", "many_forks"]);
    again.assert(0, &["Hint 1 of 3", "Hint 3 of 3", "That was the last hint."]);
}

/// Not every function of std says where it was called; the sum of two durations does not.
#[test]
fn a_panic_in_std_has_the_line_of_the_answer() {
    let workbook = Workbook::built("std-panic");
    let sum = "let _ = std::time::Duration::MAX + std::time::Duration::from_secs(1);";
    let fork = "match unsafe { fork()? } {";
    let answer = reference("fork_basics").replacen(fork, &format!("{sum}\n    {fork}"), 1);
    let line = answer.lines().take_while(|line| !line.contains(sum)).count() + 1;
    workbook.save("fork_basics", &answer);
    let place =
        format!("At exercises/src/fork_basics.rs:{line}, in a call to the standard library");
    workbook.run(&["check", "fork_basics"]).assert(1, &["PANICKED", &place]);
}

/// Solved, then broken, then solved again; and a solved one whose `pool_map` is no longer the one
/// that it was solved with.
#[test]
fn progress_is_never_taken_for_granted() {
    let workbook = Workbook::with("progress", &["pool_map", "process_files"]);
    let list = |name: &str, status: &str| {
        workbook.run(&["list"]).assert(0, &[&line(name, status)]);
    };
    workbook.solve("fork_basics");
    list("fork_basics", "started");
    let praise = ["checks passed", "Solved: fork_basics.", "Now read book/src/many-forks.md"];
    workbook.run(&["check", "fork_basics"]).assert(0, &praise);
    list("fork_basics", "solved");

    workbook.save("fork_basics", &wrong("fork_basics", "no_wait"));
    list("fork_basics", "changed");
    workbook.run(&["check", "fork_basics"]).assert(1, &["NOT WAITED FOR"]);
    list("fork_basics", "broken");
    workbook.save("fork_basics", "fn nothing( {");
    workbook.run(&["check", "fork_basics"]).assert(1, &["Your answer does not compile yet."]);
    list("fork_basics", "broken");
    workbook.solve("fork_basics");
    list("fork_basics", "solved");

    workbook.solve("pool_map");
    workbook.solve("process_files");
    workbook.run(&["check"]).assert(0, &["fork_basics", "pool_map", "process_files"]);
    workbook.run(&["list"]).assert(0, &[&solved(3)]);
    workbook.save("pool_map", &(reference("pool_map") + "\n// Touched.\n"));
    list("process_files", "changed");
    list("fork_basics", "solved");
}

/// A mistake in one answer keeps all others from being checked; that is said, and not held
/// against them.
#[test]
fn a_mistake_elsewhere_is_told_from_ones_own() {
    let workbook = Workbook::new("elsewhere");
    workbook.solve("fork_basics");
    workbook.save("many_forks", "fn nothing( {");
    let where_it_is = "The error is in exercises/src/many_forks.rs.";
    workbook.run(&["check", "fork_basics"]).assert(1, &[where_it_is]);
    workbook.run(&["list"]).assert(0, &[&line("fork_basics", "started")]);

    let other_name = reference("many_forks").replace("run_children", "run_all_children");
    workbook.save("many_forks", &other_name);
    let signature = ["The checks do not match your answer.", "exercises/stubs/many_forks.rs"];
    workbook.run(&["check", "many_forks"]).assert(1, &signature);
    let what_does_not_fit = "The error is in exercises/tests/checks/many_forks.rs.";
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
    workbook.run(&["reset", "fork_basics", "--yes"]).assert(0, &["there was no answer to keep"]);

    fs::write(workbook.answer("fork_basics"), b"\xff no UTF-8").unwrap();
    workbook.run(&["list"]).assert(0, &[&line("fork_basics", "started")]);
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
    said.assert(0, &["The child cannot leave its arm."]);
}

/// A torn file stops no command, and is put aside when there is something to remember.
#[test]
fn a_damaged_progress_file_is_put_aside() {
    let workbook = Workbook::new("torn");
    let file = workbook.root.join("exercises/progress.toml");
    for (number, torn) in ["version = 1\n[exercise.fork_ba", "", "\u{0}\u{0}"].iter().enumerate() {
        fs::write(&file, torn).unwrap();
        let damaged = ["exercises/progress.toml is damaged", &solved(0)];
        workbook.run(&["list"]).assert(0, &damaged);
        assert_eq!(fs::read_to_string(&file).unwrap(), *torn, "looking changes nothing");
        workbook.run(&["hint", "many_forks"]).assert(0, &["Hint 1 of 3"]);
        let aside = format!("exercises/progress.toml.damaged.{}", number + 1);
        assert_eq!(workbook.read(&aside), *torn);
        let said = workbook.run(&["hint", "many_forks"]);
        said.assert(0, &["Hint 2 of 3"]);
        assert_eq!(said.err, "", "the new file is good");
    }
}

/// What a newer coach has written is never changed; and the hint is shown all the same.
#[test]
fn a_newer_progress_file_is_left_as_it_is() {
    let workbook = Workbook::new("newer");
    let file = workbook.root.join("exercises/progress.toml");
    fs::write(&file, "version = 2\n").unwrap();
    workbook.run(&["list"]).assert(0, &["newer coach (version 2)"]);
    workbook.run(&["hint", "many_forks"]).assert(1, &["Hint 1 of 3", "was not saved"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "version = 2\n");
    fs::write(&file, "version = 1\nmood = \"good\"\n").unwrap();
    workbook.run(&["hint", "many_forks"]).assert(0, &["Hint 1 of 3"]);
    assert!(workbook.read("exercises/progress.toml").contains("mood = \"good\""));
}

/// A link stays one; and where nothing can be written, the command says so and does not end with 0.
#[test]
fn progress_is_written_through_a_link_or_refused() {
    let workbook = Workbook::new("link");
    let elsewhere = workbook.root.join("elsewhere.toml");
    let file = workbook.root.join("exercises/progress.toml");
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    workbook.run(&["hint", "many_forks"]).assert(0, &["Hint 1 of 3"]);
    assert!(fs::symlink_metadata(&file).unwrap().is_symlink());
    assert!(fs::read_to_string(&elsewhere).unwrap().contains("hints = 1"));

    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let refused = ["Hint 1 of 3", "your progress was not saved", "progress.toml"];
    workbook.run(&["hint", "many_forks"]).assert(1, &refused);
    let full = fs::File::options().write(true).open("/dev/full");
    if let Ok(full) = full {
        let mut list = workbook.command(&["list"]);
        assert_eq!(list.stdout(full).status().unwrap().code(), Some(1), "nothing could be printed");
    }
}

/// Many coaches at once, as in several terminals: each of them remembers, none loses.
#[test]
fn two_coaches_lose_no_update() {
    let workbook = Workbook::new("two");
    let names = ["fork_basics", "many_forks", "divide_jobs", "wait_status"];
    for _ in 0..3 {
        let coaches = names.map(|name| workbook.command(&["hint", name]).spawn().unwrap());
        coaches.into_iter().for_each(|mut coach| assert!(coach.wait().unwrap().success()));
    }
    let text = workbook.read("exercises/progress.toml");
    assert_eq!(text.matches("hints = 3").count(), names.len(), "{text}");
}

/// An older wrong file in the place of a solved one, with its old time: cargo sees no change.
#[test]
fn a_verdict_is_about_the_bytes_that_were_compiled() {
    let workbook = Workbook::new("bytes");
    let file = workbook.answer("fork_basics");
    let put_back = |text: &str| {
        fs::write(&file, text).unwrap();
        let opened = fs::File::options().write(true).open(&file).unwrap();
        opened.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    };
    workbook.solve("fork_basics");
    workbook.run(&["check", "fork_basics"]).assert(0, &["Solved: fork_basics."]);
    put_back(&wrong("fork_basics", "no_wait"));
    workbook.run(&["check", "fork_basics"]).assert(1, &["NOT WAITED FOR"]);
    workbook.run(&["list"]).assert(0, &[&line("fork_basics", "broken")]);
    put_back(&reference("fork_basics"));
    workbook.run(&["check", "fork_basics"]).assert(0, &["Solved: fork_basics."]);
    workbook.run(&["list"]).assert(0, &[&line("fork_basics", "solved")]);
}

/// Cargo itself cannot run: that is no fault of the answer, and is not remembered as one.
#[test]
fn a_build_that_could_not_run_is_no_compile_error() {
    let workbook = Workbook::new("no-build");
    workbook.solve("fork_basics");
    let manifest = workbook.root.join("exercises/Cargo.toml");
    let good = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, good.replace("[dependencies]", "[dependencies")).unwrap();
    let said = workbook.run(&["check", "fork_basics"]);
    said.assert(1, &["Cargo could not build the checks.", "Your code is not the cause."]);
    assert!(!said.out.contains("compile yet"), "{}", said.out);
    workbook.run(&["list"]).assert(0, &[&line("fork_basics", "started")]);
}

/// A function in a `main` of the learner's own; its exit status is the program's.
#[test]
fn an_answer_runs_in_a_main_of_its_own() {
    let workbook = Workbook::new("own-main");
    workbook.solve("fork_basics");
    workbook.run(&["run", "fork_basics"]).assert(0, &["exercises/run/fork_basics.rs is created"]);
    let own = workbook.root.join("exercises/run/fork_basics.rs");
    let main = "fn main() {\n    let status = exercises::fork_basics::run_in_child(|| 7);\n    \
                println!(\"{status:?}\");\n    std::process::exit(3);\n}\n";
    fs::write(&own, main).unwrap();
    workbook.run(&["run", "fork_basics"]).assert(3, &["Ok(Exited(", ", 7))"]);
    fs::write(&own, "fn main() { nothing() }\n").unwrap();
    workbook.run(&["run", "fork_basics"]).assert(1, &["cannot find function `nothing`"]);
    workbook.run(&["check", "fork_basics"]).assert(0, &["Solved: fork_basics."]);
}

/// Each `main` that an exercise comes with runs, with the references as answers.
#[test]
fn every_main_that_comes_with_an_exercise_runs() {
    let workbook = Workbook::with_all("mains");
    let mains = fs::read_dir(workbook.root.join("exercises/mains")).unwrap().flatten();
    let names = mains.map(|main| main.path().file_stem().unwrap().to_str().unwrap().to_owned());
    let names: Vec<String> = names.collect();
    assert_eq!(names.len(), tools::names().len(), "{names:?}");
    names.iter().for_each(|name| workbook.solve(name));
    for name in &names {
        workbook
            .run(&["run", name, "argument"])
            .assert(0, &["is created, and you can change it. It runs:"]);
    }
}

/// Paths with characters that a shell, a URL or an option would take for something else.
#[test]
fn the_workbook_may_lie_in_any_folder() {
    let workbook = Workbook::below("folder", "a b'ü#/-x");
    workbook.save("fork_basics", "fn nothing( {");
    let place = ["exercises/src/fork_basics.rs:1", "Your answer does not compile yet."];
    workbook.run(&["check", "fork_basics"]).assert(1, &place);
    workbook.solve("fork_basics");
    workbook.run(&["check", "fork_basics"]).assert(0, &["Solved: fork_basics."]);
    workbook.run(&["run", "fork_basics"]).assert(0, &["parent: the child ended with Ok"]);
    workbook
        .run(&["reset", "fork_basics", "--yes"])
        .assert(0, &["exercises/kept/fork_basics.1.rs"]);
}

/// Warnings about other answers, and output that would control the terminal.
#[test]
fn only_what_is_about_this_answer_is_shown_and_nothing_controls_the_terminal() {
    let workbook = Workbook::new("warnings");
    let unused = "\nfn is_never_called() {}\n";
    workbook.save("many_forks", &(reference("many_forks") + unused));
    let loud = "print!(\"\\x1b[2J\\x1b[?25l\"); eprint!(\"\\x07\"); match unsafe";
    let answer = wrong("fork_basics", "no_wait").replace("match unsafe", loud);
    workbook.save("fork_basics", &answer);
    let said = workbook.run(&["check", "fork_basics"]);
    said.assert(1, &["\\u{1b}[2J", "NOT WAITED FOR"]);
    assert!(!said.out.contains('\x1b') && !said.out.contains('\x07'), "{:?}", said.out);
    assert!(!said.out.contains("is_never_called"), "{}", said.out);
    workbook.run(&["check", "many_forks"]).assert(0, &["is_never_called", "checks passed"]);
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

/// A program of the workbook that no process waits for any more. (No test beside this one may use
/// a terminal of testkit, which lets this process adopt orphans.)
#[cfg(target_os = "linux")]
#[test]
fn the_doctor_finds_what_was_left_behind() {
    let workbook = Workbook::new("leftovers");
    let left = workbook.root.join("sleep"); // in the target folder, as if built there
    // The shell copies it. Were it written here, another test's child might inherit the open file
    // for a moment, and a file that is open for writing cannot be run (ETXTBSY).
    let line = "cp /bin/sleep \"$0\" && { \"$0\" 600 >/dev/null 2>&1 & echo $!; }";
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", line]).arg(&left);
    let pid = Said::of(&shell.output().unwrap()).out.trim().to_owned();
    let said = workbook.run(&["doctor"]);
    let pid_number = nix::unistd::Pid::from_raw(pid.parse().unwrap());
    nix::sys::signal::kill(pid_number, nix::sys::signal::Signal::SIGKILL).unwrap();
    said.assert(0, &["leftovers", "To fix it: `kill"]);
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
