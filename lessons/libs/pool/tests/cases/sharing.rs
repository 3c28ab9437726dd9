//! A chunk that takes long is shared with workers that have nothing to do.

use std::collections::BTreeSet;
use std::process;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, raise};
use pool::{Bytes, Cause, Exit, Pool};

use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("a_long_chunk_is_shared", || shared(|_| ())),
    ("a_long_chunk_is_shared_and_a_worker_dies", || shared(die_at_100)),
    ("a_long_chunk_of_large_items_is_shared", large),
];

const ITEMS: u64 = 200;

/// Takes long until two processes have begun items, so that one of them is asked to share. Says
/// whether there were two.
fn work(tally: &Tally, item: u64) -> bool {
    let pid = u64::from(process::id());
    tally.add(item);
    tally.add(1_000_000 + pid);
    let start = Instant::now();
    while !is_shared(tally) && start.elapsed() < Duration::from_millis(10) {
        std::thread::yield_now();
    }
    is_shared(tally)
}

fn is_shared(tally: &Tally) -> bool {
    let pids: BTreeSet<u64> = tally.sorted().into_iter().filter(|&it| it >= 1_000_000).collect();
    pids.len() > 1
}

fn die_at_100(item: u64) {
    if item == 100 {
        let _ = raise(Signal::SIGKILL);
    }
}

/// All items are one chunk. Each is run once, by two workers, and the order stays.
fn shared(before: fn(u64)) {
    let tally = Tally::new();
    let seen = tally.clone();
    let pool = Pool::builder().workers(2).chunk_size(ITEMS as usize);
    let pool = pool.build(move |item: u64| {
        work(&seen, item);
        before(item);
        item
    });
    let results = pool.unwrap().map_all(0..ITEMS);
    assert!(is_shared(&tally), "one worker did it all");
    let begun: Vec<u64> = tally.sorted().into_iter().filter(|&it| it < 1_000_000).collect();
    assert_eq!(begun, (0..ITEMS).collect::<Vec<u64>>(), "each is begun once");
    for (item, result) in (0..ITEMS).zip(results) {
        match result {
            Ok(result) => assert_eq!(result, item),
            Err(error) => {
                let killed = Exit::Signal(Signal::SIGKILL as i32);
                assert!(matches!(error.cause(), Cause::Died { exit, .. } if *exit == killed));
                assert_eq!((item, error.item()), (100, Some(100)));
            }
        }
    }
}

/// The last item of the chunk is so large that it is bytes of its own.
fn large() {
    let tally = Tally::new();
    let seen = tally.clone();
    let pool = Pool::builder().workers(2).chunk_size(ITEMS as usize);
    let pool = pool.build(move |item: Bytes| {
        work(&seen, item.0.len() as u64);
        item
    });
    let items = (0..100).chain([100_000]).map(|size| Bytes(vec![7; size]));
    let results = pool.unwrap().map(items.clone()).unwrap();
    assert!(is_shared(&tally), "one worker did it all");
    assert!(results.into_iter().eq(items));
}
