//! Results later: `map_async` and `apply_async` return at once, with a handle.

use std::time::{Duration, Instant};

use lesson_cli::say;
use pool::{Error, Pool};

use crate::job::{Done, Job};

/// The parent has work of its own, and looks in between two pieces of it. It must look in now and
/// then: the pool has no thread, it moves on when it or a handle is called.
pub(crate) fn look_in(pool: &Pool<Job, Done>) -> Result<(), Error> {
    say!("MAP_ASYNC: the parent works on, and looks in");
    let jobs = [40; 9];
    let handle = pool.map_async(jobs);
    let (mut primes, mut number, mut seen) = (0, 0, 0);
    while !handle.ready() {
        for _ in 0..100 {
            number += 1;
            primes += u32::from(is_prime(number));
        }
        let (done, all) = handle.progress();
        if done > seen {
            say!("    {done} of {all} jobs are done; parent: {primes} primes up to {number}");
            seen = done;
        }
    }
    let workers = handle.take()?;
    say!("    All {} results are there. Meanwhile the parent has looked for primes", workers.len());
    say!("    among the numbers up to {number}.");
    Ok(())
}

fn is_prime(number: u32) -> bool {
    number > 1 && (2..number).all(|divisor| !number.is_multiple_of(divisor))
}

/// A wait with a limit comes back in any case, and says whether the result is there.
pub(crate) fn wait_with_a_limit(pool: &Pool<Job, Done>) -> Result<(), Error> {
    say!("APPLY_ASYNC: the parent waits, but not for ever");
    let start = Instant::now();
    let handle = pool.apply_async(250);
    say!("    the parent has a handle on one job of 250 ms");
    while !handle.wait(Duration::from_millis(100)) {
        let waited = start.elapsed().as_millis();
        say!("    not there after {waited} ms: the parent could do something else, or give up");
    }
    let worker = handle.take()?;
    say!("    there after {} ms, from worker {worker}", start.elapsed().as_millis());

    let handles = [pool.apply_async(1000), pool.apply_async(10), pool.apply_async(10)];
    let [slow, quick, other] = handles;
    let workers = [quick.take()?, other.take()?];
    let ready = if slow.ready() { "done as well" } else { "not done" };
    say!("    two quick jobs done, by {workers:?}; a slow one before them is {ready}");
    drop(slow);
    say!("    its handle is dropped: the parent gives it up, and does not wait for it");
    Ok(())
}
