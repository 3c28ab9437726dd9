//! `imap` and `imap_unordered`.

use std::cell::Cell;
use std::io::{Read, Write, pipe};

use pool::Pool;

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    ("imap_of_an_endless_input", endless),
    ("imap_takes_nothing_before_next", lazy),
    ("imap_stays_within_its_window", window),
    ("imap_goes_on_after_an_error", goes_on),
    ("imap_dropped_early", dropped_early),
    ("imap_unordered_gives_each_once", unordered),
    ("a_slow_item_holds_up_nobody", slow_among_short),
    ("a_slow_item_holds_up_nobody_among_long_ones", slow_among_long),
    ("a_slow_item_holds_up_nobody_in_16_workers", slow_among_many),
];

fn endless() {
    let pool = Pool::new(2, |x: u64| x * 2).unwrap();
    let first: Vec<u64> = pool.imap(0..).take(50_000).map(Result::unwrap).collect();
    assert!(first == (0..50_000).map(|x| x * 2).collect::<Vec<u64>>());
    // What was under way when the iterator was dropped does not get into the next call.
    assert_eq!(pool.map([7, 8]).unwrap(), [14, 16]);
}

fn lazy() {
    let pool = Pool::new(2, |x: u64| x).unwrap();
    let taken = Cell::new(0);
    let mut results = pool.imap((0..).inspect(|_| taken.set(taken.get() + 1)));
    assert_eq!(taken.get(), 0);
    assert_eq!(results.next().unwrap().unwrap(), 0);
    assert!(taken.get() > 0);
}

fn window() {
    let pool = Pool::builder().workers(2).window(10).build(|x: u64| x).unwrap();
    let taken = Cell::new(0);
    let results = pool.imap((0..1000).inspect(|_| taken.set(taken.get() + 1)));
    for (handed_out, result) in results.enumerate() {
        assert_eq!(result.unwrap(), handed_out as u64);
        assert!(taken.get() <= handed_out + 10, "{} taken, {handed_out} handed out", taken.get());
    }
    assert_eq!(taken.get(), 1000);
}

fn goes_on() {
    let pool = Pool::new(2, |x: u64| if x % 10 == 3 { panic!("three") } else { x }).unwrap();
    let results: Vec<Result<u64, pool::Error>> = pool.imap(0..100).collect();
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result.is_err(), index % 10 == 3, "{index}: {result:?}");
    }
    assert_eq!(results[93].as_ref().unwrap_err().item(), Some(93));
}

fn dropped_early() {
    let pool = Pool::new(2, |x: u64| x).unwrap();
    for rounds in 0..200 {
        let mut results = pool.imap(0..1_000_000);
        for x in 0..rounds {
            assert_eq!(results.next().unwrap().unwrap(), x);
        }
    }
    assert_eq!(pool.map([7]).unwrap(), [7]);
}

fn unordered() {
    let pool = Pool::new(3, |x: u64| x * x).unwrap();
    let mut seen = vec![false; 30_000];
    for (index, result) in pool.imap_unordered(0..30_000) {
        assert_eq!(result.unwrap(), (index * index) as u64);
        assert!(!std::mem::replace(&mut seen[index], true), "{index} came twice");
    }
    assert!(seen.into_iter().all(|came| came));
}

/// The item `slow` ends when all others have come: if one of them waited for it, this hangs.
fn slow_item(workers: usize, items: usize, slow: usize, work: fn()) {
    let (mut receiver, mut sender) = pipe().unwrap();
    let pool = Pool::builder().workers(workers).chunk_size(1);
    let pool = pool.build(move |x: usize| {
        if x == slow {
            receiver.read_exact(&mut [0]).unwrap();
        } else {
            work();
        }
        x
    });
    let pool = pool.unwrap();
    let mut order: Vec<usize> = Vec::new();
    let mut results = pool.imap_unordered(0..items);
    while order.len() < items - 1 {
        let (index, result) = results.next().unwrap();
        assert_eq!(result.unwrap(), index);
        order.push(index);
    }
    assert!(!order.contains(&slow));
    sender.write_all(&[0]).unwrap();
    assert_eq!(results.next().unwrap().0, slow);
    assert!(results.next().is_none());
}

fn slow_among_short() {
    for slow in [0, 1, 500, 9_999, 10_000, 19_999] {
        slow_item(2, 20_000, slow, || {});
    }
}

fn slow_among_long() {
    let work = || {
        let start = std::time::Instant::now();
        while start.elapsed().as_micros() < 500 {}
    };
    for slow in [0, 1, 100, 199] {
        slow_item(2, 200, slow, work);
    }
}

fn slow_among_many() {
    for slow in [0, 7_000] {
        slow_item(16, 20_000, slow, || {});
    }
}
