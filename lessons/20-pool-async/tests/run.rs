//! What a run of the lesson shows. Every check holds in any order that can happen.

use testkit::{Finished, Lesson};

const HEADS: [&str; 4] = ["IMAP", "IMAP_UNORDERED", "MAP_ASYNC", "APPLY_ASYNC"];
const PARTS: [&str; 4] = ["imap", "imap_unordered", "map_async", "apply_async"];

fn run(args: &[&str]) -> Finished {
    let run = Lesson::new(env!("CARGO_BIN_EXE_lesson-pool-async")).args(args).run();
    run.assert_success();
    run
}

fn heads(run: &Finished) -> Vec<&str> {
    let heads = run.stdout.lines().filter_map(|line| Some(line.split_once(": ")?.0));
    heads.filter(|head| head.chars().all(|c| c.is_ascii_uppercase() || c == '_')).collect()
}

/// The numbers in a line.
fn numbers(line: &str) -> Vec<u64> {
    let words = line.split(|c: char| !c.is_ascii_digit());
    words.filter_map(|word| word.parse().ok()).collect()
}

/// The numbers in each line that starts with `start`, blanks apart.
fn all_numbers(run: &Finished, start: &str) -> Vec<Vec<u64>> {
    let lines = run.stdout.lines().filter(|line| line.trim_start().starts_with(start));
    lines.map(numbers).collect()
}

#[test]
fn all_parts_one_after_the_other_or_one_alone() {
    assert_eq!(heads(&run(&[])), HEADS);
    for (part, head) in PARTS.into_iter().zip(HEADS) {
        assert_eq!(heads(&run(&["--workers", "2", part])), [head]);
    }
}

#[test]
fn one_worker_is_enough_and_many_do_no_harm() {
    for workers in ["1", "16"] {
        assert_eq!(heads(&run(&["--workers", workers])), HEADS);
    }
}

#[test]
fn imap_is_in_order_and_takes_no_more_than_its_window() {
    for workers in ["1", "3", "8"] {
        let run = run(&["imap", "--workers", workers]);
        let before = all_numbers(&run, "before the first result");
        assert_eq!(before, [[0]], "nothing is taken before it is asked for");
        let results = all_numbers(&run, "result ");
        assert_eq!(results.len(), 6, "{}", run.stdout);
        for (index, result) in results.iter().enumerate() {
            let [result, _worker, taken] = result[..] else { panic!("{}", run.stdout) };
            assert_eq!(result, index as u64);
            assert!((result + 1..=result + 1 + 4).contains(&taken), "{}", run.stdout);
        }
        let in_all = *numbers(run.lines().last().expect("a last line")).last().expect("a number");
        assert_eq!(in_all, results[5][2]);
    }
}

#[test]
fn imap_unordered_gives_every_result_once_and_says_which() {
    for workers in ["1", "3", "8"] {
        let run = run(&["imap_unordered", "--workers", workers]);
        let came = all_numbers(&run, "number ");
        let places: Vec<u64> = came.iter().map(|line| line[0]).collect();
        assert_eq!(places, [1, 2, 3, 4, 5, 6]);
        let mut results: Vec<(u64, u64)> = came.iter().map(|line| (line[1], line[2])).collect();
        let before = results.iter().position(|&(index, _)| index == 0).expect("result 0");
        assert_eq!(all_numbers(&run, "Before result 0"), [[0, before as u64]]);
        results.sort_unstable();
        let expected = [(0, 300), (1, 20), (2, 100), (3, 60), (4, 20), (5, 20)];
        assert_eq!(results, expected, "{}", run.stdout);
    }
}

/// A job of 300 ms and five short ones: on no machine does it come first every time.
#[test]
fn imap_unordered_lets_short_jobs_overtake_a_long_one() {
    let overtaken = || all_numbers(&run(&["imap_unordered"]), "Before result 0")[0][1];
    assert!((0..10).any(|_run| overtaken() > 0), "result 0 came first ten times");
}

/// With one worker, imap_unordered cannot but keep the order, and imap's results have one PID.
#[test]
fn one_worker_does_one_job_after_the_other() {
    let run = run(&["--workers", "1"]);
    let came = all_numbers(&run, "number ");
    assert!(came.iter().map(|line| line[1]).eq(0..6), "{}", run.stdout);
    let mut workers: Vec<u64> = came.iter().map(|line| line[3]).collect();
    workers.extend(all_numbers(&run, "result ").iter().map(|line| line[1]));
    workers.dedup();
    assert_eq!(workers.len(), 1, "{}", run.stdout);
}

#[test]
fn the_parent_works_on_while_the_jobs_are_done() {
    let run = run(&["map_async"]);
    let seen = all_numbers(&run, "");
    let seen: Vec<_> = seen.iter().filter(|line| line.len() == 4).collect();
    assert!(seen.is_sorted_by(|one, two| one[0] < two[0] && one[3] < two[3]), "{}", run.stdout);
    for line in &seen {
        let [done, all, primes, number] = line[..] else { panic!("{}", run.stdout) };
        assert!((1..=9).contains(&done) && all == 9, "{}", run.stdout);
        assert_eq!(primes, primes_up_to(number), "the parent's work is done well");
    }
    assert_eq!(all_numbers(&run, "All "), [[9]]);
    let last = numbers(run.lines().last().expect("a last line"));
    // Nine jobs take a while, so the parent got to work at least once.
    assert!(last[0] >= 100 && last[0] >= seen.last().map_or(0, |line| line[3]), "{}", run.stdout);
}

/// Counted here once more, in another way: the sieve of Eratosthenes.
fn primes_up_to(number: u64) -> u64 {
    let mut composite = vec![false; number as usize + 1];
    for factor in 2..=number as usize {
        for multiple in (2 * factor..composite.len()).step_by(factor) {
            composite[multiple] = true;
        }
    }
    composite.iter().skip(2).filter(|composite| !**composite).count() as u64
}

#[test]
fn a_wait_ends_at_its_limit_and_the_result_comes_when_it_is_there() {
    let run = run(&["apply_async"]);
    let waited: Vec<u64> =
        all_numbers(&run, "no result after").iter().map(|line| line[0]).collect();
    for (count, waited) in (1..).zip(&waited) {
        assert!(*waited >= count * 100, "came back before the limit:\n{}", run.stdout);
    }
    let there = all_numbers(&run, "result after");
    assert_eq!(there.len(), 1, "{}", run.stdout);
    assert!(there[0][0] >= 250, "an item of 250 ms cannot be done by then:\n{}", run.stdout);
    assert!(waited.last() <= Some(&there[0][0]), "{}", run.stdout);
    assert_eq!(all_numbers(&run, "two quick items done").len(), 1, "{}", run.stdout);
}

#[test]
fn an_unknown_part_is_named() {
    let run = Lesson::new(env!("CARGO_BIN_EXE_lesson-pool-async")).args(["starmap"]).run();
    run.assert_code(2);
    assert!(run.stderr.contains("unknown part 'starmap'"), "{}", run.stderr);
}
