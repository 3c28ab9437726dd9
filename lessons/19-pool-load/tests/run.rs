//! What a run of the lesson shows. Nothing here depends on how fast the machine is.

use std::collections::BTreeMap;

use testkit::{Finished, Lesson};

fn run(args: &[&str]) -> Finished {
    let run = Lesson::new(env!("CARGO_BIN_EXE_lesson-pool-load")).args(args).run();
    run.assert_success();
    run
}

/// Tasks and points inside of each worker, by its PID.
fn shares(run: &Finished) -> BTreeMap<u32, (u64, u64)> {
    let share = |line: &&str| {
        let (pid, rest) = line.strip_prefix("worker ")?.split_once(": tasks ")?;
        let (tasks, rest) = rest.split_once(", points inside ")?;
        let (inside, _) = rest.split_once(", time ")?;
        Some((pid.parse().ok()?, (tasks.parse().ok()?, inside.parse().ok()?)))
    };
    run.lines().iter().filter_map(share).collect()
}

/// The line with the grand total.
fn grand_total(run: &Finished) -> String {
    let lines = run.lines();
    let found = lines.iter().find(|line| line.starts_with("grand total, "));
    (*found.expect("a grand total")).to_owned()
}

/// The number right before `words`.
fn number_before(text: &str, words: &str) -> f64 {
    let before = text.split_once(words).expect(words).0;
    before.split_whitespace().last().expect("a word").parse().expect("a number")
}

#[test]
fn the_grand_total_is_the_same_with_any_number_of_workers() {
    let by_one = grand_total(&run(&["--workers", "1", "40"]));
    for workers in ["1", "2", "5", "64"] {
        assert_eq!(grand_total(&run(&["--workers", workers, "40"])), by_one, "{workers} workers");
    }
}

/// What an earlier version printed, a later one prints: that is what a seed is for.
#[test]
fn the_grand_total_is_the_same_from_version_to_version() {
    let expected = "grand total, seed 1: tasks 20, points inside 157308 of 200000";
    assert_eq!(grand_total(&run(&["20"])), expected);
}

#[test]
fn another_seed_gives_another_total() {
    let inside = |seed| number_before(&grand_total(&run(&["--seed", seed, "9"])), " of ");
    let totals = ["1", "2", "18446744073709551615"].map(inside);
    assert!(totals[0] != totals[1] && totals[0] != totals[2], "{totals:?}");
}

#[test]
fn the_shares_add_up_to_the_grand_total() {
    let run = run(&["--workers", "3", "60"]);
    let shares = shares(&run);
    assert!((1..=3).contains(&shares.len()), "{}", run.stdout);
    let idle = format!("workers without a task: {} of 3\n", 3 - shares.len());
    assert_eq!(run.stdout.contains(&idle), shares.len() < 3, "{}", run.stdout);
    assert_eq!(shares.values().map(|(tasks, _)| tasks).sum::<u64>(), 60);
    let inside: u64 = shares.values().map(|(_, inside)| inside).sum();
    assert_eq!(inside as f64, number_before(&grand_total(&run), " of "));
    let parent = run.lines()[0].split([' ', ':']).nth(1).expect("a PID").parse().expect("a PID");
    assert!(!shares.contains_key(&parent), "the parent does none of the work");
}

#[test]
fn the_points_are_spread_evenly() {
    let run = run(&["40"]);
    let pi: f64 = run.stdout.split_once("π is about ").expect("π").1[..6].parse().expect("π");
    // 400,000 points: a standard deviation of 0.0026.
    assert!((pi - std::f64::consts::PI).abs() < 0.01, "{pi}");
}

/// A task runs within the elapsed time, in one of the workers, so that no more than these many
/// can be under way at the same time.
#[test]
fn no_more_tasks_are_under_way_than_there_are_workers() {
    for workers in [1.0, 3.0] {
        let run = run(&["--workers", &workers.to_string(), "30"]);
        let under_way = number_before(&run.stdout, " tasks were under way");
        assert!(under_way > 0.0 && under_way <= workers, "{}", run.stdout);
    }
}

#[test]
fn no_work_at_all_is_no_harm() {
    let run = run(&["--workers", "2", "0"]);
    assert_eq!(grand_total(&run), "grand total, seed 1: tasks 0, points inside 0 of 0");
    assert!(run.stdout.contains("workers without a task: 2 of 2\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("π") && !run.stdout.contains("NaN"), "{}", run.stdout);
}
