//! Four ways to get results: one by one with `imap` and `imap_unordered`; later, through a handle,
//! with `map_async` and `apply_async`, which return at once.

use std::cell::Cell;
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use lesson_cli::say;
use pool::{Error, Pool};

/// How many milliseconds an item takes.
pub(crate) type Item = u64;

/// The PID of the item's worker.
pub(crate) type Done = u32;

/// Simulates work of a known length.
#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
pub(crate) fn run(milliseconds: Item) -> Done {
    thread::sleep(Duration::from_millis(milliseconds));
    process::id()
}

/// How many items `imap` takes from its input beyond those whose results it has handed out.
pub(crate) const WINDOW: usize = 4;

/// The input has no end, so the parent simply stops asking for results.
pub(crate) fn in_order(pool: &Pool<Item, Done>) -> Result<(), Error> {
    say!("IMAP: results in the order of the input, which is endless");
    let taken = Cell::new(0);
    let items = [60, 10, 10].into_iter().cycle().inspect(|_| taken.set(taken.get() + 1));
    let results = pool.imap(items);
    say!("    before the first result is asked for: {} items taken from the input", taken.get());
    for (index, worker) in results.take(6).enumerate() {
        say!("    result {index}, from worker {}; items taken so far: {}", worker?, taken.get());
    }
    say!("    Six results were asked for, so imap took only these and the window, which is");
    say!("    {WINDOW} items here, from the endless input: {} items in all.", taken.get());
    Ok(())
}

/// The index says which item it was, because the order is lost.
pub(crate) fn as_they_come(pool: &Pool<Item, Done>) -> Result<(), Error> {
    say!("IMAP_UNORDERED: results as they arrive");
    let items = [300, 20, 100, 60, 20, 20];
    let mut overtaken = 0;
    for (before, (index, worker)) in pool.imap_unordered(items).enumerate() {
        let (place, worker) = (before + 1, worker?);
        say!("    number {place}: result {index}, of {} ms, from worker {worker}", items[index]);
        if index == 0 {
            overtaken = before;
        }
    }
    say!("    Before result 0 came {overtaken} others, which imap would have held back.");
    Ok(())
}

/// The parent has work of its own, and checks between two pieces of it. It must check now and
/// then: the pool has no thread, and advances only when the pool or a handle is called.
pub(crate) fn look_in(pool: &Pool<Item, Done>) -> Result<(), Error> {
    say!("MAP_ASYNC: the parent continues to work, and checks now and then");
    let items = [40; 9];
    let handle = pool.map_async(items);
    let (mut primes, mut number, mut seen) = (0, 0, 0);
    while !handle.ready() {
        for _ in 0..100 {
            number += 1;
            primes += u32::from(is_prime(number));
        }
        let (done, all) = handle.progress();
        if done > seen {
            say!("    {done} of {all} items are done; parent: {primes} primes up to {number}");
            seen = done;
        }
    }
    let workers = handle.join()?;
    say!("    All {} results are there. Meanwhile the parent searched for primes", workers.len());
    say!("    among the numbers up to {number}.");
    Ok(())
}

fn is_prime(number: u32) -> bool {
    number > 1 && (2..number).all(|divisor| !number.is_multiple_of(divisor))
}

/// A wait with a limit always returns, and says whether the result is there.
pub(crate) fn wait_with_a_limit(pool: &Pool<Item, Done>) -> Result<(), Error> {
    say!("APPLY_ASYNC: the parent waits, but only for a limited time");
    let start = Instant::now();
    let handle = pool.apply_async(250);
    say!("    the parent has a handle on one item of 250 ms");
    while !handle.wait(Duration::from_millis(100)) {
        let waited = start.elapsed().as_millis();
        say!("    no result after {waited} ms: the parent could do something else, or give up");
    }
    let worker = handle.join()?;
    say!("    result after {} ms, from worker {worker}", start.elapsed().as_millis());

    let handles = [pool.apply_async(1000), pool.apply_async(10), pool.apply_async(10)];
    let [slow, quick, other] = handles;
    let workers = [quick.join()?, other.join()?];
    let ready = if slow.ready() { "done, too" } else { "not done" };
    say!("    two quick items done by {workers:?}; a slow one before them is {ready}");
    drop(slow);
    say!("    its handle is dropped: the parent abandons it, and does not wait for it");
    Ok(())
}
