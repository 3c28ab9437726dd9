//! The work that all are compared by, and how it is timed.

use std::hint::black_box;
use std::time::Instant;

/// 64 items of 4 MiB there and back, in megabytes.
pub(crate) const LARGE_MB: f64 = 2.0 * 64.0 * 4.194_304;

/// How often a measurement of some milliseconds is made: for about half a second, as Python's five
/// rounds of P1a take. In its first tenths of a second the system still moves new processes from
/// core to core, and the figures jump.
pub(crate) const ROUNDS: usize = 61;

/// One multiplication that the compiler may not leave out.
#[inline(never)]
pub(crate) fn square(x: u64) -> u64 {
    black_box(x) * x
}

/// How many primes there are from `low` to below `high`, counted naively.
pub(crate) fn primes((low, high): (u64, u64)) -> u64 {
    let is_prime =
        |n: &u64| *n > 1 && (2..).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
    (low..high).filter(is_prime).count() as u64
}

/// 64 ranges in which it takes about the same time, some seconds together.
pub(crate) fn prime_tasks() -> Vec<(u64, u64)> {
    let (start, width) = (100_000_000, 40_000);
    (0..64).map(|x| (start + x * width, start + (x + 1) * width)).collect()
}

/// 64 items of 4 MiB, each full of its number.
pub(crate) fn large_items() -> Vec<Vec<u8>> {
    (0..64).map(|x| vec![x; 4 << 20]).collect()
}

/// The median time of `rounds` runs in seconds, after one that does not count.
pub(crate) fn median<E>(rounds: usize, mut run: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    run()?;
    let mut seconds = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        run()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    Ok(middle(seconds))
}

/// The middle one.
pub(crate) fn middle(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
