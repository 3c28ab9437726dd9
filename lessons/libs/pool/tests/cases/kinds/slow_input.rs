//! Kind 3: the input is slow, and results are handed out all the same.

use std::cell::Cell;
use std::ops::Range;
use std::time::{Duration, Instant};

use pool::{Cause, Pool};

use super::work_for;
use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("results_of_a_slow_input_are_handed_out", || slow(None)),
    ("results_of_a_slow_input_in_large_chunks", || slow(Some(1000))),
    ("results_of_an_input_that_becomes_slow", || becomes_slow(None)),
    ("results_of_an_input_that_becomes_slow_in_large_chunks", || becomes_slow(Some(1000))),
    ("results_of_an_input_that_becomes_slow_in_chunks_of_one", || becomes_slow(Some(1))),
    ("a_slow_input_and_items_that_take_as_long", as_long),
    ("the_time_limit_holds_while_the_input_is_slow", limit),
    ("a_slow_input_of_map_async_is_waited_for_once", map_async),
];

/// Before it gives an item, the input waits until all items before it are done, and then for `pause`: in
/// that time it could be any pipe. By then all their results but the last `behind` must be handed out.
fn handed_out_in_time(pool: &Pool<u64, u64>, done: &Tally, items: Range<u64>, behind: u64) {
    let handed = Cell::new(items.start);
    let first = items.start;
    let input = items.inspect(|&x| {
        while (done.sorted().len() as u64) < x - first {
            std::thread::yield_now();
        }
        work_for(Duration::from_millis(5));
        assert!(handed.get() + behind >= x, "{} handed out of {x}", handed.get());
    });
    for (index, result) in pool.imap_unordered(input) {
        assert_eq!(result.unwrap(), first + index as u64);
        handed.set(handed.get() + 1);
    }
}

fn slow(chunk: Option<usize>) {
    let tally = Tally::new();
    let done = tally.clone();
    let builder = Pool::builder().workers(2);
    let builder = if let Some(size) = chunk { builder.chunk_size(size) } else { builder };
    let pool = builder.build(move |x: u64| {
        done.add(x);
        x
    });
    handed_out_in_time(&pool.unwrap(), &tally, 0..60, 4);
}

/// A quick input turns slow: a few items pass before that is noticed, and no whole chunk.
fn becomes_slow(chunk: Option<usize>) {
    let builder = Pool::builder().workers(2);
    let builder = if let Some(size) = chunk { builder.chunk_size(size) } else { builder };
    let pool = builder.build(|x: u64| x).unwrap();
    pool.map(0..10_000).unwrap();
    let handed = Cell::new(0);
    let input = (0..5100_u64).inspect(|&x| {
        if x >= 5000 {
            work_for(Duration::from_millis(5));
        }
        assert!(x < 5040 || handed.get() + 40 >= x, "{} handed out of {x}", handed.get());
    });
    for (index, result) in pool.imap_unordered(input) {
        assert_eq!(result.unwrap(), index as u64);
        handed.set(handed.get() + 1);
    }
}

/// It must not wait for each result before it takes the next item: both workers are used.
fn as_long() {
    let pool = Pool::new(2, |_: u64| {
        let start = Instant::now();
        work_for(Duration::from_millis(60));
        start.elapsed().as_nanos() as u64
    });
    let start = Instant::now();
    let waited = Cell::new(Duration::ZERO);
    let input = (0..12).inspect(|_| {
        let start = Instant::now();
        work_for(Duration::from_millis(30));
        waited.set(waited.get() + start.elapsed());
    });
    let worked: u64 = pool.unwrap().imap(input).map(Result::unwrap).sum();
    let one_by_one = waited.get() + Duration::from_nanos(worked);
    assert!(start.elapsed() < one_by_one * 9 / 10, "{:?} of {one_by_one:?}", start.elapsed());
}

/// Item 3 hangs while the input is asked for the next ones.
fn limit() {
    let pool = Pool::builder().workers(2).time_limit(Duration::from_millis(50));
    let pool = pool.build(|x: u64| {
        if x == 3 {
            work_for(Duration::from_secs(3600));
        }
        x
    });
    let pool = pool.unwrap();
    let taken = Cell::new(0);
    let input = (0..100).inspect(|_| {
        work_for(Duration::from_millis(20));
        taken.set(taken.get() + 1);
    });
    for (index, result) in pool.imap_unordered(input) {
        if index == 3 {
            assert!(matches!(result.unwrap_err().cause(), Cause::TimedOut { .. }));
            assert!(taken.get() < 50, "after {} items", taken.get());
        }
    }
}

fn map_async() {
    let pool = Pool::new(2, |x: u64| x).unwrap();
    let handle = pool.map_async((0..10).inspect(|_| work_for(Duration::from_millis(2))));
    assert_eq!(handle.join().unwrap(), (0..10).collect::<Vec<u64>>());
}
