//! The same squares by a loop and by a pool of two workers: whether the pool is worth it.

use std::time::Instant;

use pool::{Error, Pool};

const ITEMS: u64 = 100_000;

fn main() -> Result<(), Error> {
    let pool = Pool::new(2, |item: u64| item * item)?;

    let start = Instant::now();
    let by_loop: Vec<u64> = (0..ITEMS).map(|item| item * item).collect();
    let loop_time = start.elapsed();

    let start = Instant::now();
    let by_pool = pool.map(0..ITEMS)?;
    let pool_time = start.elapsed();

    let same = if by_loop == by_pool { "the same results" } else { "other results" };
    let winner = if pool_time < loop_time { "pool" } else { "loop" };
    println!("loop {} µs, pool {} µs, {same}", loop_time.as_micros(), pool_time.as_micros());
    println!("the {winner} was faster");
    Ok(())
}
