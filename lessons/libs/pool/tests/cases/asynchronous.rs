//! `apply`, `apply_async`, `map_async` and their handles.

use std::io::{Read, Write, pipe};
use std::time::{Duration, Instant};

use pool::Pool;

use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("apply_gives_one_result", apply),
    ("a_handle_waits_no_longer_than_it_may", limited_wait),
    ("handles_may_be_taken_in_any_order", any_order),
    ("map_async_gives_all_in_order", map_async),
    ("map_async_goes_on_while_the_parent_works", goes_on),
    ("map_async_gives_the_first_error", first_error),
    ("a_dropped_handle_gives_up", dropped),
    ("two_calls_at_once", two_calls),
];

fn apply() {
    let pool = Pool::new(2, |x: u64| x + 1).unwrap();
    assert_eq!(pool.apply(1).unwrap(), 2);
    let pool = Pool::new(1, |(): ()| panic!("no")).unwrap();
    let error: pool::Error = Pool::<(), ()>::apply(&pool, ()).unwrap_err();
    assert_eq!(error.item(), Some(0));
}

/// An item that ends when it is told to.
fn limited_wait() {
    let (mut receiver, mut sender) = pipe().unwrap();
    let pool = Pool::new(1, move |x: u64| {
        receiver.read_exact(&mut [0]).unwrap();
        x
    });
    let pool = pool.unwrap();
    let handle = pool.apply_async(5);
    assert!(!handle.ready());
    let start = Instant::now();
    assert!(!handle.wait(Duration::from_millis(30)));
    assert!(start.elapsed() >= Duration::from_millis(30));
    sender.write_all(&[0]).unwrap();
    assert!(handle.wait(Duration::from_secs(30)));
    assert!(handle.ready());
    assert_eq!(handle.take().unwrap(), 5);
}

fn any_order() {
    let pool = Pool::new(2, |x: u64| x * 10).unwrap();
    let mut handles: Vec<_> = (0..100).map(|x| pool.apply_async(x)).collect();
    handles.reverse();
    for (x, handle) in (0..100).rev().zip(handles) {
        assert_eq!(handle.take().unwrap(), x * 10);
    }
}

fn map_async() {
    let pool = Pool::new(2, |x: u64| x * x).unwrap();
    let handle = pool.map_async(0..10_000);
    assert_eq!(handle.progress().1, 10_000);
    assert!(handle.take().unwrap() == (0..10_000).map(|x| x * x).collect::<Vec<u64>>());
}

/// The parent does not call the pool until all items have begun: they are in the workers' queues.
fn goes_on() {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::new(2, move |x: u64| begun.add(x)).unwrap();
    let handle = pool.map_async(0..500);
    while tally.sorted().len() < 500 {
        std::thread::yield_now();
    }
    assert_eq!(handle.take().unwrap().len(), 500);
}

fn first_error() {
    let pool = Pool::new(2, |x: u64| assert!(x % 50 != 20, "twenty")).unwrap();
    assert_eq!(pool.map_async(0..200).take().unwrap_err().item(), Some(20));
    let all = pool.map_async(0..200).take_all();
    assert_eq!(all.iter().filter(|result| result.is_err()).count(), 4);
}

fn dropped() {
    let tally = Tally::new();
    let begun = tally.clone();
    let (mut receiver, mut sender) = pipe().unwrap();
    let pool = Pool::new(1, move |x: u64| {
        begun.add(x);
        receiver.read_exact(&mut [0]).unwrap();
    });
    let pool = pool.unwrap();
    let first = pool.apply_async(1);
    drop(pool.map_async(10..1000));
    sender.write_all(&[0; 2]).unwrap();
    first.take().unwrap();
    pool.apply(2).unwrap();
    assert_eq!(tally.sorted(), [1, 2]);
}

fn two_calls() {
    let pool = Pool::new(2, |x: u64| x).unwrap();
    let low = pool.map_async(0..3000);
    let high = pool.map_async(5000..8000);
    let mut middle = pool.imap(3000..5000).map(Result::unwrap);
    assert_eq!(middle.next(), Some(3000));
    assert!(high.take().unwrap() == (5000..8000).collect::<Vec<u64>>());
    assert!(low.take().unwrap() == (0..3000).collect::<Vec<u64>>());
    assert!(middle.eq(3001..5000));
}
