//! The measurements of this pool. Each gives seconds, items a second or megabytes a second.

use std::hint::black_box;
use std::time::Instant;

use pool::{Bytes, Error, Payload, Pool};

use crate::work::{self, ROUNDS, median};

/// P1a: a million squares, default settings. Items a second.
pub(crate) fn squares(workers: usize) -> Result<f64, Error> {
    let pool = Pool::new(workers, work::square)?;
    let seconds = median(ROUNDS, || {
        let results = pool.map(0..1_000_000)?;
        assert!(results.len() == 1_000_000 && results[999_999] == 999_999 * 999_999);
        Ok::<(), Error>(())
    })?;
    Ok(1e6 / seconds)
}

/// P1b: 100,000 squares, each on its own. Items a second.
pub(crate) fn squares_one_by_one(workers: usize) -> Result<f64, Error> {
    let pool = Pool::builder().workers(workers).chunk_size(1).build(work::square)?;
    let seconds = median(ROUNDS, || {
        let results = pool.map(0..100_000)?;
        assert!(results[99_999] == 99_999 * 99_999);
        Ok::<(), Error>(())
    })?;
    Ok(1e5 / seconds)
}

/// P2: two workers started, two items, all ended. Seconds.
pub(crate) fn start_and_stop() -> Result<f64, Error> {
    median(101, || {
        let pool = Pool::new(2, work::square)?;
        assert!(pool.map([3, 4])? == [9, 16]);
        Ok(())
    })
}

/// P3: some seconds of counting primes in 64 tasks. Seconds.
pub(crate) fn primes() -> Result<f64, Error> {
    let pool = Pool::new(2, work::primes)?;
    pool.map([(0, 10), (0, 10)])?;
    let start = Instant::now();
    black_box(pool.map(work::prime_tasks())?);
    Ok(start.elapsed().as_secs_f64())
}

/// P4: 64 items of 4 MiB there and back, as `Bytes` and as `Vec<u8>`, in turns. Megabytes a second, both
/// ways added.
pub(crate) fn large() -> Result<(f64, f64), Error> {
    let bytes = Pool::new(2, |item: Bytes| item)?;
    let vectors = Pool::new(2, |item: Vec<u8>| item)?;
    let (mut for_bytes, mut for_vectors) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        for_bytes.push(there_and_back(&bytes, Bytes, |bytes| bytes.0[77])?);
        for_vectors.push(there_and_back(&vectors, |bytes| bytes, |bytes| bytes[77])?);
    }
    // The first round has warmed up.
    let speed = |seconds: &[f64]| work::LARGE_MB / work::middle(seconds[1..].to_vec());
    Ok((speed(&for_bytes), speed(&for_vectors)))
}

/// Seconds for all items.
fn there_and_back<T: Payload>(
    pool: &Pool<'_, T, T>,
    make: fn(Vec<u8>) -> T,
    at_77: fn(&T) -> u8,
) -> Result<f64, Error> {
    let items: Vec<T> = work::large_items().into_iter().map(make).collect();
    let start = Instant::now();
    let results = pool.map(items)?;
    let seconds = start.elapsed().as_secs_f64();
    assert!(results.iter().zip(0_u8..).all(|(bytes, byte)| at_77(bytes) == byte));
    Ok(seconds)
}
