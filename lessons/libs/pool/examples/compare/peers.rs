//! The peers: Python's pools, rayon's threads, a plain loop.

use std::convert::Infallible;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use rayon::prelude::*;

use crate::work::{self, ROUNDS, median};

/// What `peers.py` measures of the names: `(name, peer, value)`. Nothing without python3.
pub(crate) fn python(names: &[&str]) -> Vec<(String, String, f64)> {
    let script = include_str!("peers.py");
    let Ok(output) = Command::new("python3").args(["-c", script]).args(names).output() else {
        return Vec::new();
    };
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter_map(parse).collect()
}

fn parse(line: &str) -> Option<(String, String, f64)> {
    let mut words = line.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.to_owned(), words.next()?.parse().ok()?))
}

fn seconds(rounds: usize, mut run: impl FnMut()) -> f64 {
    let Ok(seconds) = median(rounds, || {
        run();
        Ok::<(), Infallible>(())
    });
    seconds
}

/// P1a in a plain loop. Items a second.
pub(crate) fn squares_in_a_loop() -> f64 {
    let squares = || black_box((0..1_000_000).map(work::square).collect::<Vec<u64>>());
    1e6 / seconds(ROUNDS, || drop(squares()))
}

/// P3 in a plain loop. Seconds.
pub(crate) fn primes_in_a_loop() -> f64 {
    let start = Instant::now();
    for task in work::prime_tasks() {
        black_box(work::primes(task));
    }
    start.elapsed().as_secs_f64()
}

/// rayon's figures. It starts threads, so it runs in a process that makes no pool of ours.
pub(crate) fn rayon(name: &str) -> f64 {
    let two = rayon::ThreadPoolBuilder::new().num_threads(2);
    two.build_global().expect("two threads");
    let numbers: Vec<u64> = (0..1_000_000).collect();
    let squares = |numbers: &[u64], most: usize| {
        let squares = numbers.par_iter().with_max_len(most).map(|&x| work::square(x));
        black_box(squares.collect::<Vec<u64>>());
    };
    match name {
        "p1a" => 1e6 / seconds(ROUNDS, || squares(&numbers, usize::MAX)),
        "p1b" => 1e5 / seconds(ROUNDS, || squares(&numbers[..100_000], 1)),
        _ => {
            let tasks = work::prime_tasks();
            let start = Instant::now();
            let sum: u64 = tasks.par_iter().with_max_len(1).map(|&task| work::primes(task)).sum();
            black_box(sum);
            start.elapsed().as_secs_f64()
        }
    }
}
