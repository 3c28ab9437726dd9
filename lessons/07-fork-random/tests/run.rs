//! What a run of the lesson shows.

use testkit::{Finished, Lesson};

const BINARY: &str = env!("CARGO_BIN_EXE_lesson-fork-random");

/// What the table says of each way, in its order.
const EXPECTED: [(&str, &str); 11] = [
    ("rng(), first used after the fork", "different"),
    ("hash keys, first map after the fork", "different"),
    ("rng(), used before the fork", "SAME"),
    ("SmallRng, made before the fork", "SAME"),
    ("StdRng, made before the fork", "SAME"),
    ("TRAP: make_rng() called in the child", "SAME"),
    ("hash keys, and a HashMap's order", "SAME"),
    ("rng().reseed() at once in the child", "different"),
    ("StdRng from SysRng in the child", "different"),
    ("a seed for each child: repeats", "different"),
    ("a stream for each child: repeats", "different"),
];

struct Row {
    what: String,
    /// Of three children and the parent.
    numbers: [String; 4],
    verdict: String,
}

fn run(args: &[&str]) -> Finished {
    let run = Lesson::new(BINARY).args(args).run();
    run.assert_success();
    run
}

/// The lines of the table: text, four numbers of six digits, the verdict.
fn rows(run: &Finished) -> Vec<Row> {
    let row = |line: &str| {
        let (what, rest) = line.strip_prefix("  ")?.split_at_checked(38)?;
        let mut words = rest.split_whitespace().map(str::to_owned);
        let numbers = [words.next()?, words.next()?, words.next()?, words.next()?];
        Some(Row { what: what.trim().to_owned(), numbers, verdict: words.next()? })
    };
    run.stdout.lines().filter_map(row).collect()
}

#[test]
fn each_way_has_its_verdict() {
    let rows = rows(&run(&[]));
    let found: Vec<_> = rows.iter().map(|row| (&*row.what, &*row.verdict)).collect();
    assert_eq!(found, EXPECTED);
}

#[test]
fn the_numbers_bear_the_verdict_out() {
    for Row { what, numbers, verdict } in rows(&run(&[])) {
        assert!(numbers.iter().all(|number| u32::from_str_radix(number, 16).is_ok()), "{what}");
        let distinct = numbers.iter().collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!(distinct, if verdict == "SAME" { 1 } else { 4 }, "{what}: {numbers:?}");
    }
}

#[test]
fn what_repeats_is_the_same_in_the_next_run_and_nothing_else_is() {
    let (first, second) = (rows(&run(&["--seed", "7"])), rows(&run(&["--seed", "7"])));
    for (first, second) in first.iter().zip(&second) {
        let repeats = first.what.ends_with(": repeats");
        assert_eq!(first.numbers == second.numbers, repeats, "{}", first.what);
    }
}

#[test]
fn another_seed_gives_other_numbers() {
    let (first, second) = (rows(&run(&["--seed", "7"])), rows(&run(&["--seed=8"])));
    for (first, second) in first.iter().zip(&second) {
        assert_ne!(first.numbers, second.numbers, "{}", first.what);
    }
}

#[test]
fn without_a_seed_there_is_one_all_the_same() {
    let repeated = |run: &Finished| -> Vec<_> {
        rows(run).into_iter().skip(9).map(|row| row.numbers).collect()
    };
    assert_eq!(repeated(&run(&[])), repeated(&run(&["--seed", "42"])));
}

/// 64 KiB are 8192 numbers of 8 bytes, and the parent has used one of them.
#[test]
fn copies_agree_until_they_reseed() {
    let run = run(&[]);
    let counted = "The first 8191 were equal in all three; of the other 1809, 0 were equal.";
    assert!(run.stdout.contains(counted), "{}", run.stdout);
}

#[test]
fn a_seed_has_64_bits() {
    run(&["--seed", "18446744073709551615"]);
    for seed in ["18446744073709551616", "-1", "x"] {
        let run = Lesson::new(BINARY).args(["--seed", seed]).run();
        run.assert_code(2);
        assert!(run.stderr.contains("--seed must be a number from 0 to"), "{}", run.stderr);
    }
}
