//! The watch loop through a real terminal.

mod tools;

use std::fs;

use tools::{Workbook, heading, line, reference, solved, wrong};

/// As a learner goes: a stub, a compile error, a program that hangs, one that is wrong, and one
/// that is right; then the next exercise.
#[test]
fn from_the_stub_to_the_next_exercise() {
    let workbook = Workbook::built("story");
    let mut screen = workbook.on_terminal(60, 80, &["fork_basics"]);
    screen.wait_for("Save your file");

    let broken = reference("fork_basics").replace("unwrap_or(101)", "unwrap_or(101");
    workbook.save("fork_basics", &broken);
    let error = screen.wait_for("Your answer does not compile yet.");
    assert!(error.contains("error: ") && error.contains("fork_basics.rs:"), "{error}");

    let busy = "match unsafe { fork()? } {";
    let hang = reference("fork_basics").replace(busy, &format!("loop {{}}\n    {busy}"));
    workbook.save("fork_basics", &hang);
    screen.wait_for("Checking…");
    tools::running(&workbook, "grader-supervisor");
    screen.type_in("s");
    screen.wait_for("Stopped your program after");
    assert_eq!(checks_alive(&workbook), Vec::<String>::new());

    workbook.save("fork_basics", &wrong("fork_basics", "no_wait"));
    let verdict = screen.wait_for("NOT WAITED FOR");
    assert!(verdict.contains("Read book/src/"), "{verdict}");

    workbook.solve("fork_basics");
    let solved = screen.wait_for("Solved: fork_basics.");
    assert!(solved.contains("What the reference does, and why"), "{solved}");
    assert!(solved.contains("Now read book/src/many-forks.md"), "{solved}");

    screen.type_in("n");
    let next = heading(&tools::after("fork_basics"));
    screen.wait_until(|now| now.contains(&next) && now.contains("Not started yet."));
    screen.type_in("q");
    let (finished, _) = screen.finish();
    finished.assert_code(0);
    workbook.run(&["next"]).assert(0, &[&next]);
    assert_eq!(workbook.alive(), Vec::<String>::new());
    assert_eq!(tools::inherited_zombies(), Vec::<String>::new());
}

/// What a learner sees first is the first exercise, and the book's page shows its screen as it is.
#[test]
fn the_first_screen_is_in_the_book() {
    let workbook = Workbook::built("first");
    let mut screen = workbook.on_terminal(60, 80, &[]);
    let first = screen.wait_for("Save your file");
    assert!(first.starts_with(&screen_in_the_book(&workbook)), "{first}");
    screen.type_in("q");
    screen.finish().0.assert_code(0);
}

/// The screen on the coach's page.
fn screen_in_the_book(workbook: &Workbook) -> String {
    let page = workbook.read("book/src/coach.md");
    let (_, screen) = page.split_once("```text\n").expect("a screen");
    screen.split_once("```").expect("its end").0.to_owned()
}

/// What the coach has started; it is alive itself.
fn checks_alive(workbook: &Workbook) -> Vec<String> {
    let mut alive = workbook.alive();
    alive.retain(|line| !line.contains("debug/coach\0"));
    alive
}

/// What is saved while a check runs is checked instead.
#[test]
fn a_save_during_a_check_begins_anew() {
    let workbook = Workbook::built("anew");
    let busy = reference("fork_basics").replace("match unsafe", "loop {}\n    match unsafe");
    workbook.save("fork_basics", &busy);
    let mut screen = workbook.on_terminal(60, 100, &["fork_basics"]);
    screen.wait_for("Checking…");
    workbook.solve("fork_basics");
    let shown = screen.wait_for("Solved: fork_basics.");
    assert!(!shown.contains("TIMED OUT"), "{shown}");
    // Nothing is new when the same text is saved again: the last key's page stays.
    screen.type_in("l");
    screen.wait_for(&solved(1));
    workbook.solve("fork_basics");
    screen.type_in("h");
    screen.wait_for("Hint 1 of 3");
    screen.type_in("q");
    screen.finish().0.assert_code(0);
    assert_eq!(workbook.alive(), Vec::<String>::new());
}

/// The compiler, too, can be stopped, and a save stops it as well.
#[test]
fn a_compiler_that_takes_for_ever_can_be_stopped() {
    let workbook = Workbook::built("compiler");
    let mut screen = workbook.on_terminal(60, 100, &["fork_basics"]);
    screen.wait_for("Not started yet.");
    let for_ever = "\n#[allow(long_running_const_eval)]\nconst _: () = loop {};\n";
    workbook.save("fork_basics", &(reference("fork_basics") + for_ever));
    tools::running(&workbook, "rustc\0");
    screen.wait_for("Compiling…");
    screen.type_in("s");
    screen.wait_for("Stopped the compiler after");
    assert_eq!(checks_alive(&workbook), Vec::<String>::new());

    screen.type_in("c");
    screen.wait_for("Compiling…");
    workbook.solve("fork_basics");
    screen.wait_for("Solved: fork_basics.");
    screen.type_in("q");
    screen.finish().0.assert_code(0);
    assert_eq!(workbook.alive(), Vec::<String>::new());
}

/// Editors save in several ways; and a learner may go on to another exercise.
#[test]
fn any_way_of_saving_counts() {
    let workbook = Workbook::built("editors");
    let mut screen = workbook.on_terminal(60, 100, &["fork_basics"]);
    screen.wait_for("Not started yet.");
    let file = workbook.answer("fork_basics");

    fs::write(&file, "fn in_place( {").unwrap();
    screen.wait_for("fn in_place( {");

    let backup = file.with_extension("rs~");
    fs::rename(&file, &backup).unwrap();
    fs::write(&file, "fn with_a_backup( {").unwrap();
    screen.wait_for("fn with_a_backup( {");

    fs::remove_file(&file).unwrap();
    screen.wait_for("Your file is missing or empty.");
    workbook.save("fork_basics", "fn another_file( {");
    screen.wait_for("fn another_file( {");

    workbook.solve("fork_basics");
    screen.wait_for("Solved: fork_basics.");
    workbook.save("divide_jobs", &wrong("divide_jobs", "rest_forgotten"));
    screen.wait_for(&heading("divide_jobs"));
    screen.wait_for("FAILED");
    screen.type_in("\x03");
    screen.finish().0.assert_interrupted();
}

/// What cannot be remembered is shown all the same.
#[test]
fn a_verdict_is_shown_though_it_cannot_be_remembered() {
    let workbook = Workbook::built("forgetful");
    let mut screen = workbook.on_terminal(60, 100, &["fork_basics"]);
    screen.wait_for("Not started yet.");
    fs::write(workbook.root.join("exercises/progress.toml"), "version = 2").expect("a newer file");
    workbook.save("fork_basics", &wrong("fork_basics", "no_wait"));
    let shown =
        screen.wait_for("Your progress was not saved: exercises/progress.toml was written by");
    assert!(shown.contains("NOT WAITED FOR"), "{shown}");
    screen.type_in("h");
    screen.wait_for("Hint 1 of 3");
    screen.type_in("q");
    screen.finish().0.assert_code(0);
    assert_eq!(workbook.read("exercises/progress.toml"), "version = 2");
}

/// The keys, on a narrow terminal without colours.
#[test]
fn keys_on_a_narrow_terminal() {
    let workbook = Workbook::built("narrow");
    workbook.save("fork_basics", &wrong("fork_basics", "no_wait"));
    let mut screen = workbook.in_shell(&format!("NO_COLOR=1 {} fork_basics", workbook.coach()));
    screen.wait_for("quit");
    screen.resize(150, 40);
    screen.type_in("c"); // in the new width
    screen.wait_until(|shown| shown.contains("NOT WAITED FOR") && shown.contains("q quit"));
    screen.type_in("t");
    screen.wait_for("What your processes did");
    screen.type_in("x");
    screen.wait_for("The key x does nothing here.");
    screen.type_in("h");
    screen.wait_for("Hint 1 of 3");
    screen.type_in("l");
    let list = screen.wait_for(&solved(0));
    assert!(list.contains(&format!("> {}", line("fork_basics", "started"))), "{list}");
    screen.type_in("o");
    screen.wait_for("fork-basics.md");
    screen.type_in("v");
    screen.wait_for("You have not solved this exercise.");
    screen.type_in("n");
    screen.type_in("r");
    screen.wait_for("y/n");
    screen.type_in("y");
    screen.wait_for("Not started yet.");
    assert!(workbook.read("exercises/kept/fork_basics.1.rs").contains("verdict: not waited for"));
    screen.type_in("q");
    let (finished, _) = screen.finish();
    finished.assert_code(0);
    assert!(!finished.stdout.contains("\x1b[3"), "no colour: {:?}", finished.stdout);
}

/// The smallest usual terminal: what is wrong first is in sight, a hint does not take it away, and
/// what is below can be reached.
#[test]
fn the_first_failed_check_is_in_sight_at_80_by_24() {
    let workbook = Workbook::built("small");
    workbook.save("many_forks", &wrong("many_forks", "one_wait_for_all"));
    let mut screen = workbook.on_terminal(24, 80, &["many_forks"]);
    let verdict = screen.wait_for("more lines: ↓ or space");
    let first = ["FAILED every_child_has_its_number: NOT WAITED FOR", "wanted: [(0, Some(10)), (1"];
    assert!(first.iter().all(|part| verdict.contains(part)), "{verdict}");
    assert!(verdict.starts_with(&heading("many_forks")) && verdict.contains("q quit"), "{verdict}");
    screen.type_in("h");
    let hint = screen.wait_for("Hint 1 of 3");
    assert!(hint.contains("every_child_has_its_number: NOT WAITED FOR"), "{hint}");
    screen.type_in("h");
    let second = screen.wait_for("Hint 2 of 3");
    assert!(!second.contains("Hint 1 of 3"), "the new one only: {second}");
    screen.type_in("H");
    screen.wait_for("Hint 1 of 3");
    screen.type_in("\x1b[6~\x1b[6~\x1b[6~"); // PageDown
    screen.wait_for("Hint 2 of 3");
    screen.type_in("q");
    screen.finish().0.assert_code(0);
}

/// An exercise is chosen from the list; the screen is drawn anew when the terminal changes its size.
#[test]
fn the_list_can_be_chosen_from_and_a_new_size_is_seen() {
    let workbook = Workbook::built("choose");
    let next = tools::after("fork_basics");
    let mut screen = workbook.on_terminal(24, 80, &["fork_basics"]);
    screen.wait_for("Not started yet.");
    screen.type_in("l");
    screen.wait_for(&format!("> {}  30 min work", line("fork_basics", "not started")));
    screen.type_in("\x1b[B\x1b[B\x1b[A"); // down, down, up
    screen.wait_for(&format!("> {}", line(&next, "not started")));
    screen.resize(30, 50);
    screen.wait_until(|shown| shown.contains("not started\n") && !shown.contains("30 min work"));
    screen.resize(24, 80);
    screen.wait_for("30 min work");
    screen.type_in("\r");
    screen.wait_until(|now| now.contains(&heading(&next)) && now.contains("Not started yet."));
    screen.type_in("s");
    screen.wait_for("Nothing is running.");
    screen.type_in("q");
    screen.finish().0.assert_code(0);
}

/// A verdict is about the answer that was checked, and says so when that is no longer the one that
/// is there.
#[test]
fn an_old_verdict_is_marked() {
    let workbook = Workbook::built("old");
    workbook.save("fork_basics", &wrong("fork_basics", "no_wait"));
    let mut screen = workbook.on_terminal(40, 80, &["fork_basics"]);
    let verdict = screen.wait_for("NOT WAITED FOR");
    assert!(!verdict.contains("earlier version"), "{verdict}");
    let busy = reference("fork_basics").replace("match unsafe", "loop {}\n    match unsafe");
    workbook.save("fork_basics", &busy);
    let again = screen.wait_for("Your answer is being checked again. The previous verdict:");
    assert!(again.contains("NOT WAITED FOR"), "{again}");
    screen.wait_for("Checking… 0 of");
    screen.type_in("s");
    // A terminal shows a screen piece by piece, so all of it is waited for.
    let old = "This verdict is about an earlier version of your answer:";
    let all = [old, "NOT WAITED FOR", "Stopped your"];
    screen.wait_until(|shown| all.iter().all(|piece| shown.contains(piece)));
    screen.type_in("q");
    screen.finish().0.assert_code(0);
}

/// A terminal on which nothing can be drawn, as in some editors.
#[test]
fn a_dumb_terminal_gets_a_list() {
    let workbook = Workbook::new("dumb");
    let screen = workbook.in_shell(&format!("TERM=dumb {}", workbook.coach()));
    screen.wait_for("The coach needs a terminal on which it can draw.");
    let (finished, _) = screen.finish();
    finished.assert_code(2);
    assert!(finished.stdout.contains(&line("fork_basics", "not started")), "{}", finished.stdout);
    assert!(!finished.stdout.contains('\x1b'), "{:?}", finished.stdout);
}
