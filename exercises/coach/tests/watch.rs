//! The watch loop through a real terminal.

mod tools;

use tools::{Workbook, reference, wrong};

/// As a learner goes: a stub, a compile error, a program that hangs, one that is wrong, and one
/// that is right; then the next exercise.
#[test]
fn from_the_stub_to_the_next_exercise() {
    let workbook = Workbook::new("story");
    let mut screen = workbook.on_terminal(40, 100, &[]);
    let first = screen.wait_for("Not started yet.");
    assert!(first.contains("Exercise 1 of 12: fork_basics"), "{first}");
    assert!(first.contains("exercises/src/fork_basics.rs"), "{first}");

    let broken = reference("fork_basics").replace("unwrap_or(101)", "unwrap_or(101");
    workbook.save("fork_basics", &broken);
    let error = screen.wait_for("It does not compile yet.");
    assert!(error.contains("error: ") && error.contains("fork_basics.rs:"), "{error}");

    let busy = "match unsafe { fork()? } {";
    let hang = reference("fork_basics").replace(busy, &format!("loop {{}}\n    {busy}"));
    workbook.save("fork_basics", &hang);
    screen.wait_for("Checking…");
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
    screen.wait_until(|now| now.contains("Exercise 2 of 12") && now.contains("Not started yet."));
    screen.type_in("q");
    let (finished, _) = screen.finish();
    finished.assert_code(0);
    assert_eq!(workbook.alive(), Vec::<String>::new());
}

/// What the coach has started; it is alive itself.
fn checks_alive(workbook: &Workbook) -> Vec<String> {
    let mut alive = workbook.alive();
    alive.retain(|line| !line.ends_with("coach\0"));
    alive
}
