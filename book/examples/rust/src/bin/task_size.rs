//! The same work in few large or in many small tasks: a loop, and a pool of two workers.

use std::time::{Duration, Instant};

use pool::{Error, Pool};

/// Rounds of work in all, whatever the number of tasks.
const ROUNDS: u64 = 20_000_000;

fn main() -> Result<(), Error> {
    println!("{:>7}  {:>9}  {:>9}  {:>9}  {:>8}", "tasks", "one task", "loop", "pool", "speed-up");
    for tasks in [10, 10_000, 1_000_000] {
        let rounds = ROUNDS / tasks;
        let pool = Pool::new(2, move |start: u64| spin(start, rounds))?;
        let (in_loop, expected) = timed(|| (0..tasks).map(|start| spin(start, rounds)).collect());
        let (in_pool, result) = timed(|| pool.map(0..tasks).unwrap_or_default());
        assert_eq!(result, expected, "BUG: the pool computes the same");
        println!(
            "{tasks:>7}  {:>6.1} µs  {:>6.1} ms  {:>6.1} ms  {:>8.2}",
            micros(in_loop) / tasks as f64,
            micros(in_loop) / 1000.0,
            micros(in_pool) / 1000.0,
            in_loop.as_secs_f64() / in_pool.as_secs_f64(),
        );
    }
    Ok(())
}

/// Work that a compiler cannot shorten: xorshift, Marsaglia 2003.
fn spin(start: u64, rounds: u64) -> u64 {
    (0..rounds).fold(start + 1, |mut x, _| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^ (x << 17)
    })
}

fn timed(work: impl FnOnce() -> Vec<u64>) -> (Duration, Vec<u64>) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
