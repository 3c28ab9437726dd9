//! Kind 1: a worker is silent, at any moment.

use std::process;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use pool::{Bytes, Cause, Error, Pool};

use super::{send, stop_myself, work_for};
use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("a_worker_stopped_while_idle", stopped_idle),
    ("all_workers_stopped_while_idle", all_stopped_idle),
    ("a_worker_stops_itself_in_a_chunk", stops_in_a_chunk),
    ("a_worker_stopped_in_the_middle_of_a_large_result", stopped_while_answering),
    ("a_worker_stops_in_its_initialiser", stops_in_the_initialiser),
    ("without_a_limit_the_others_take_what_is_not_begun", others_take_it),
    ("without_a_limit_an_idle_worker_that_is_stopped_loses_its_items", idle_loses_its_items),
    ("a_worker_that_is_continued_takes_items_again", continued),
];

const LIMIT: Duration = Duration::from_millis(300);

fn is_late(result: &Result<u64, Error>) -> bool {
    matches!(result, Err(error) if matches!(error.cause(), Cause::TimedOut { .. }))
}

/// None of its items was begun, so all have their results.
fn stopped_idle() {
    let pool = Pool::builder().workers(2).time_limit(LIMIT).build(|x: u64| (x, process::id()));
    let pool = pool.unwrap();
    let (_, worker) = pool.apply(0).unwrap();
    send(worker, Signal::SIGSTOP);
    let results = pool.map_all(0..100);
    assert!((0..100).all(|x| results[x as usize].as_ref().is_ok_and(|&(y, _)| y == x)));
}

fn all_stopped_idle() {
    let pool = Pool::builder().workers(3).time_limit(LIMIT).build(|x: u64| x).unwrap();
    for worker in pool.workers() {
        send(worker, Signal::SIGSTOP);
    }
    assert_eq!(pool.map(0..100).unwrap(), (0..100).collect::<Vec<u64>>());
}

/// The item at which it stops is late, and no other.
fn stops_in_a_chunk() {
    for chunk in [1, 7, 100] {
        let pool = Pool::builder().workers(2).time_limit(LIMIT).chunk_size(chunk);
        let pool = pool.build(|x: u64| {
            if x == 13 {
                stop_myself();
            }
            x
        });
        for (x, result) in (0..100).zip(pool.unwrap().map_all(0..100)) {
            assert!(if x == 13 { is_late(&result) } else { *result.as_ref().unwrap() == x });
        }
    }
}

/// Half of the result has come when the worker is stopped.
fn stopped_while_answering() {
    let pool = Pool::builder().workers(1).time_limit(LIMIT).build(|x: u64| {
        if x == 1 {
            let me = process::id();
            // Long enough that the result is on its way, which takes as long as the parent lets it.
            std::thread::spawn(move || {
                work_for(Duration::from_millis(20));
                send(me, Signal::SIGSTOP);
            });
        }
        Bytes(vec![x as u8; if x == 1 { 64 << 20 } else { 1 }])
    });
    let pool = pool.unwrap();
    let start = Instant::now();
    let results = pool.map_all([0, 1, 2]);
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!(results[0].as_ref().unwrap().0, [0]);
    // It may have been quick enough, or stopped as it allocated its memory.
    let second = results[1].as_ref().map(|bytes| bytes.0.len());
    assert!(second.as_ref().map_or_else(
        |error| matches!(error.cause(), Cause::TimedOut { .. }),
        |&length| length == 64 << 20,
    ));
    assert_eq!(results[2].as_ref().unwrap().0, [2]);
}

fn stops_in_the_initialiser() {
    let builder = Pool::builder().workers(2).initialiser(|| {
        stop_myself();
        Ok::<(), String>(())
    });
    let error = builder.initialiser_limit(LIMIT).build(|x: u64| x).unwrap_err();
    assert!(matches!(error.cause(), Cause::Initialiser { .. }), "{error}");
    assert!(error.to_string().contains("300ms"), "{error}");
}

/// 100 items in one chunk, and the worker stops at the third: the other does 97.
fn others_take_it() {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(2).chunk_size(100).build(move |x: u64| {
        begun.add(x);
        if x == 2 {
            stop_myself();
        }
        x
    });
    let pool = pool.unwrap();
    let mut results = pool.imap_unordered(0..100);
    let mut seen: Vec<usize> = results
        .by_ref()
        .take(99)
        .map(|(index, result)| {
            assert_eq!(result.unwrap(), index as u64);
            index
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..100).filter(|&x| x != 2).collect::<Vec<usize>>());
    assert_eq!(tally.sorted(), (0..100).collect::<Vec<u64>>(), "each is begun once");
}

fn idle_loses_its_items() {
    let pool = Pool::new(2, |x: u64| x).unwrap();
    pool.map(0..10).unwrap();
    send(pool.workers()[0], Signal::SIGSTOP);
    for _ in 0..3 {
        assert_eq!(pool.map(0..1000).unwrap().len(), 1000);
    }
}

/// What it has not begun was taken away; it skips that, and is used as before.
fn continued() {
    let pool = Pool::new(2, |_: u64| process::id()).unwrap();
    let worker = pool.workers()[0];
    send(worker, Signal::SIGSTOP);
    assert!(pool.map(0..500).unwrap().into_iter().all(|pid| pid != worker));
    send(worker, Signal::SIGCONT);
    let start = Instant::now();
    while !pool.map(0..500).unwrap().contains(&worker) {
        assert!(start.elapsed() < Duration::from_secs(30), "it is forgotten");
    }
}
