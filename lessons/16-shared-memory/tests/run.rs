//! What a run of the lesson shows.

use testkit::{Finished, Lesson};

fn run(part: &str) -> Finished {
    let run = Lesson::new(env!("CARGO_BIN_EXE_lesson-shared-memory")).args([part]).run();
    run.assert_success();
    run
}

/// The first line that contains `what`.
fn line<'a>(run: &'a Finished, what: &str) -> &'a str {
    let line = run.stdout.lines().find(|line| line.contains(what));
    line.unwrap_or_else(|| panic!("no {what:?} in\n{}", run.stdout))
}

/// The whole numbers in a line.
fn numbers(line: &str) -> Vec<u32> {
    line.split(|c: char| !c.is_ascii_digit()).flat_map(str::parse).collect()
}

#[test]
fn each_child_counts_its_own_static_to_1() {
    let run = run("counter");
    let children: Vec<&str> =
        run.stdout.lines().filter(|line| line.starts_with("child ")).collect();
    assert_eq!(children.len(), 4, "{}", run.stdout);
    assert!(children.iter().all(|line| line.ends_with("the static is 1")), "{}", run.stdout);
}

#[test]
fn the_shared_counter_counts_to_4_and_the_parents_static_stays_0() {
    assert!(line(&run("counter"), "parent ").ends_with(": static 0, shared 4"));
}

#[test]
fn fetch_add_loses_nothing() {
    let run = run("lost");
    assert_eq!(numbers(line(&run, "fetch_add, one step")), [4_000_000, 4_000_000, 0]);
    let [counted, made, lost] = numbers(line(&run, "load, then store"))[..] else {
        panic!("not three numbers:\n{}", run.stdout)
    };
    assert_eq!((made, counted + lost), (4_000_000, 4_000_000));
}

#[test]
fn the_word_stays_locked_and_the_file_does_not() {
    let run = run("lock");
    let owner = numbers(line(&run, "LOCK: child"))[0];
    let word = line(&run, "word in shared memory");
    assert!(word.starts_with("HAZARD") && word.contains(&format!("locked by {owner},")), "{word}");
    assert!(line(&run, "lock on a file").contains("free"), "{}", run.stdout);
}

#[test]
fn an_unknown_part_is_named() {
    let run = Lesson::new(env!("CARGO_BIN_EXE_lesson-shared-memory")).args(["ghost"]).run();
    run.assert_code(2);
    assert!(run.stderr.contains("'ghost'"), "{}", run.stderr);
}
