//! The lesson's binary, run as a reader runs it.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

use std::collections::BTreeSet;
use std::process::{Command, Output};

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    run_binary(env!("CARGO_BIN_EXE_lesson-pool"), args)
}

fn run_binary(binary: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(binary).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// Each input is computed once, by one of `size` workers; the results are in order.
fn check(numbers: u64, size: usize, args: &[&str]) {
    let (code, stdout, stderr) = run(args);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let squares: Vec<u64> = (0..numbers).map(|x| x * x).collect();
    assert!(stdout.contains(&format!(": results {squares:?}\n")), "{stdout}");
    let computed: Vec<(&str, u64)> = stdout
        .lines()
        .filter_map(|line| line.strip_prefix("worker ")?.split_once(": input "))
        .map(|(worker, input)| (worker, input.parse().unwrap()))
        .collect();
    let mut inputs: Vec<u64> = computed.iter().map(|&(_, input)| input).collect();
    inputs.sort_unstable();
    assert!(inputs.into_iter().eq(0..numbers), "{stdout}");
    let workers: BTreeSet<&str> = computed.iter().map(|&(worker, _)| worker).collect();
    assert!(workers.len() <= size, "{stdout}");
    let parent = stdout.split([' ', ':']).nth(1).unwrap();
    assert!(!workers.contains(parent), "{stdout}");
}

#[test]
fn eleven_numbers_and_three_workers() {
    check(11, 3, &["11", "3"]);
    check(11, 3, &[]);
}

#[test]
fn a_hundred_numbers_and_five_workers() {
    check(100, 5, &["100", "5"]);
}

#[test]
fn no_numbers() {
    check(0, 3, &["0"]);
}

#[test]
fn wrong_arguments_are_named() {
    for (args, complaint) in [
        (["0", "0"].as_slice(), "SIZE must be a number from 1 to 100, not '0'"),
        (&["many"], "NUMBERS must be a number from 0 to 100000, not 'many'"),
        (&["1", "2", "3"], "unexpected argument '3'"),
    ] {
        let (code, stdout, stderr) = run(args);
        assert_eq!((code, stdout.as_str()), (Some(2), ""));
        assert!(stderr.contains(complaint) && stderr.contains("Usage:"), "{stderr}");
    }
}

/// The small pool: each number has its square, but the deadly one.
#[test]
fn the_small_pool_survives_a_worker() {
    let binary = env!("CARGO_BIN_EXE_small_pool");
    for (numbers, size, deadly) in [(7_u64, 2, 3), (100, 5, 0), (10, 20, 9), (5, 1, 99), (0, 3, 0)]
    {
        let args = [numbers.to_string(), size.to_string(), deadly.to_string()];
        let (code, stdout, stderr) = run_binary(binary, &args.each_ref().map(String::as_str));
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        let lines: Vec<&str> = stdout.lines().collect();
        assert_eq!(lines.len() as u64, numbers, "{stdout}");
        for (number, line) in (0..numbers).zip(lines) {
            let square = format!("item {number}: {}", number * number);
            let lost = format!("item {number}: its worker, PID ");
            let right = if number == deadly { line.starts_with(&lost) } else { line == square };
            assert!(right, "{line}");
        }
    }
}
