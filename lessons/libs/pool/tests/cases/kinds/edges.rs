//! Kind 7: the edges of every number, and a system that fails.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use pool::{Bytes, Cause, Pool, What};
use serde::{Deserialize, Serialize};

use super::work_for;
use crate::Case;

pub(crate) const CASES: &[Case] = &[
    ("time_limits_of_zero_and_for_ever", time_limits),
    ("call_limits_of_zero_and_for_ever", call_limits),
    ("sizes_of_zero_and_of_usize_max", sizes),
    ("too_many_workers_are_refused_before_one_is_forked", too_many_workers),
    ("an_endless_input_of_nothing", endless_nothing),
    ("a_poll_that_fails", failing_poll),
    ("a_result_of_4_gib_under_a_memory_limit", four_gib),
    ("types_that_postcard_cannot_decode", not_self_describing),
    ("waits_of_zero_and_for_ever", waits),
];

fn time_limits() {
    let pool = Pool::builder().workers(2).time_limit(Duration::MAX).build(|x: u64| {
        work_for(Duration::from_millis(2));
        x
    });
    assert_eq!(pool.unwrap().map(0..20).unwrap(), (0..20).collect::<Vec<u64>>());
    // Each is answered, or late.
    let pool = Pool::builder().workers(2).time_limit(Duration::ZERO).build(|x: u64| {
        work_for(Duration::from_millis(2));
        x
    });
    for (x, result) in (0..10).zip(pool.unwrap().map_all(0..10)) {
        match result {
            Ok(y) => assert_eq!(x, y),
            Err(error) => assert!(matches!(error.cause(), Cause::TimedOut { .. }), "{error}"),
        }
    }
}

fn call_limits() {
    let pool = Pool::new(2, |x: u64| x).unwrap();
    assert_eq!(pool.timeout(Duration::MAX).map(0..100).unwrap().len(), 100);
    let results = pool.timeout(Duration::ZERO).map_all(0..100);
    assert_eq!(results.len(), 100);
    for (x, result) in results.into_iter().enumerate() {
        let late = |error: &pool::Error| matches!(error.cause(), Cause::CallTimedOut { .. });
        assert!(result.as_ref().map_or_else(late, |&y| x as u64 == y), "{result:?}");
    }
    assert_eq!(pool.map(0..100).unwrap().len(), 100);
}

fn sizes() {
    for size in [0, 1, usize::MAX] {
        let builder = Pool::builder().workers(2).chunk_size(size).window(size).window_bytes(size);
        let pool = builder.recycle_after(size.max(10)).build(|x: u64| x).unwrap();
        assert_eq!(pool.map(0..50).unwrap(), (0..50).collect::<Vec<u64>>(), "{size}");
        let results: Vec<u64> = pool.imap(0..50).map(Result::unwrap).collect();
        assert_eq!(results, (0..50).collect::<Vec<u64>>(), "{size}");
    }
    let pool = Pool::builder().workers(1).recycle_after(0).build(|x: u64| x).unwrap();
    assert_eq!(pool.map(0..5).unwrap().len(), 5);
}

fn too_many_workers() {
    for count in [4097, usize::MAX] {
        let error = Pool::new(count, |x: u64| x).unwrap_err();
        assert!(matches!(error.cause(), Cause::Invalid { .. }), "{error}");
    }
}

/// Items without a byte: a chunk of them is never full.
fn endless_nothing() {
    let pool = Pool::builder().workers(2).chunk_size(usize::MAX).build(|(): ()| ()).unwrap();
    assert_eq!(pool.imap(std::iter::repeat(())).take(10_000).count(), 10_000);
}

/// `poll` gives `EINVAL` for more descriptors than a process may have.
fn failing_poll() {
    let pool = Pool::new(4, |x: u64| x).unwrap();
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, 3, most).unwrap();
    let start = Instant::now();
    assert_eq!(pool.map(0..1000).unwrap(), (0..1000).collect::<Vec<u64>>());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

/// The worker may have the memory, and the parent not: the item fails, and all others are delivered.
fn four_gib() {
    let pool = Pool::new(1, |x: u64| Bytes(vec![x as u8; if x == 1 { 600 << 20 } else { 10 }]));
    let pool = pool.unwrap();
    let (_, most) = getrlimit(Resource::RLIMIT_AS).unwrap();
    setrlimit(Resource::RLIMIT_AS, 400 << 20, most).unwrap();
    let results = pool.map_all(0..4);
    let Cause::NotDecoded { what: What::Result, reason } = results[1].as_ref().unwrap_err().cause()
    else {
        panic!("{:?}", results[1])
    };
    assert!(reason.contains("memory"), "{reason}");
    assert!([0, 2, 3].into_iter().all(|x| results[x].as_ref().unwrap().0 == vec![x as u8; 10]));
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Flat {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, u64>,
}

/// The error names the type.
fn not_self_describing() {
    let pool =
        Pool::new(
            1,
            |x: u64| {
                if x == 0 { Untagged::Number(x) } else { Untagged::Text("one".to_owned()) }
            },
        );
    let error = pool.unwrap().apply(0).unwrap_err();
    assert!(matches!(error.cause(), Cause::NotDecoded { what: What::Result, .. }), "{error}");
    assert!(error.to_string().contains("Untagged"), "{error}");
    let rest = BTreeMap::from([("seven".to_owned(), 7)]);
    let pool = Pool::new(1, move |name: String| Flat { name, rest: rest.clone() });
    let error = pool.unwrap().apply("flat".to_owned()).unwrap_err();
    assert!(error.to_string().contains("Flat"), "{error}");
}

fn waits() {
    let pool = Pool::new(1, |x: u64| x).unwrap();
    assert!(pool.apply_async(1).wait(Duration::MAX));
    let handle = pool.map_async(0..10);
    while !handle.wait(Duration::ZERO) {}
    assert!(handle.wait(Duration::MAX));
}
