//! The failure table: what happens to the other items, and to the pool, when an item goes wrong.

use std::os::fd::BorrowedFd;
use std::process;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigHandler, Signal, kill, raise, signal};
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::Pid;
use pool::{Cause, Error, Exit, Pool, What};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("worker_killed_in_an_item", || dies(|| die_by(Signal::SIGKILL), Exit::Signal(9))),
    ("segmentation_fault_in_an_item", || dies(fault, Exit::Signal(11))),
    ("abort_in_an_item", || dies(|| process::abort(), Exit::Signal(Signal::SIGABRT as i32))),
    ("exit_in_an_item", || dies(|| process::exit(3), Exit::Code(3))),
    ("exit_0_in_an_item", || dies(|| process::exit(0), Exit::Code(0))),
    ("descriptors_closed_in_an_item", || dies(close_everything, Exit::Signal(9))),
    ("nonsense_written_to_the_socket", || dies(write_everywhere, Exit::Signal(9))),
    ("panic_in_an_item", panics),
    ("panic_without_text", panics_without_text),
    ("idle_worker_killed", idle_worker_killed),
    ("all_idle_workers_killed", all_idle_workers_killed),
    ("every_item_kills_its_worker", every_item_kills),
    ("item_that_cannot_be_encoded", item_not_encoded),
    ("item_that_cannot_be_decoded", item_not_decoded),
    ("result_that_cannot_be_encoded", result_not_encoded),
    ("result_that_cannot_be_decoded", result_not_decoded),
    ("item_that_hangs", hangs),
    ("items_in_time", in_time),
    ("pool_dropped_while_an_item_hangs", dropped_while_hanging),
    ("pool_dropped_while_a_worker_is_stopped", dropped_while_stopped),
    ("initialiser_fails", initialiser_fails),
    ("initialiser_panics", initialiser_panics),
    ("initialiser_dies", initialiser_dies),
    ("initialiser_fails_in_a_replacement", initialiser_fails_later),
    ("map_gives_the_first_error", first_error),
    ("sigchld_is_ignored", sigchld_ignored),
    ("a_chunk_survives_its_worker", chunk_survives),
];

/// 20 items of 5 ms on 2 workers; item 7 is the bad one.
fn twenty(bad: fn() -> u64) -> (Pool<u64, u64>, Tally) {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::new(2, move |x: u64| {
        begun.add(x);
        if x == 7 {
            return bad();
        }
        work_for(Duration::from_millis(5));
        x * x
    });
    (pool.unwrap(), tally)
}

#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work_for(time: Duration) {
    std::thread::sleep(time);
}

/// Item 7 fails; the others are delivered; each was begun once; the pool goes on. Gives the error.
fn only_seven_fails(pool: &Pool<u64, u64>, tally: &Tally) -> Error {
    let mut results = pool.map_all(0..20);
    let error = results.remove(7).unwrap_err();
    assert_eq!(error.item(), Some(7));
    let others: Vec<u64> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(others, (0..20).filter(|&x| x != 7).map(|x| x * x).collect::<Vec<u64>>());
    assert_eq!(tally.sorted(), (0..20).collect::<Vec<u64>>());
    assert_eq!(pool.map(1..4).unwrap(), [1, 4, 9]);
    error
}

fn dies(bad: fn() -> u64, expected: Exit) {
    let (pool, tally) = twenty(bad);
    let error = only_seven_fails(&pool, &tally);
    match error.cause() {
        Cause::Died { exit, .. } => assert_eq!(*exit, expected),
        other => panic!("{other:?}"),
    }
}

fn die_by(signal: Signal) -> u64 {
    raise(signal).unwrap();
    unreachable!("the signal is not blocked")
}

/// A real fault: when the signal is only raised, Rust's handler for stack overflows returns.
fn fault() -> u64 {
    let nowhere = std::ptr::without_provenance::<u64>(16);
    // SAFETY: it is not: nothing is mapped there. That is what this case is about.
    unsafe { nowhere.read_volatile() }
}

fn close_everything() -> u64 {
    for descriptor in 3..100 {
        let _ = nix::unistd::close(descriptor);
    }
    sleep_for_ever()
}

/// Writes nonsense into the worker's socket, the only one that this process has to one of its own
/// name: whatever the test was started with is left alone.
fn write_everywhere() -> u64 {
    for descriptor in 3..100 {
        // SAFETY: the descriptor is only looked at, and closed by nobody in between.
        let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
        let peer = getsockopt(&descriptor, PeerCredentials);
        if peer.is_ok_and(|peer| peer.pid() == nix::unistd::getppid().as_raw()) {
            let _ = nix::unistd::write(descriptor, &[0xff; 500]);
        }
    }
    sleep_for_ever()
}

fn panics() {
    let (pool, tally) = twenty(|| panic!("item seven is {}", "bad"));
    let error = only_seven_fails(&pool, &tally);
    let Cause::Panicked { message, place } = error.cause() else { panic!("{error}") };
    assert_eq!(message, "item seven is bad");
    assert!(place.contains("failures.rs:"), "{place}");
    assert_eq!(error.to_string(), format!("item 7: panicked at {place}: item seven is bad"));
}

fn panics_without_text() {
    let (pool, tally) = twenty(|| std::panic::panic_any(7_u8));
    let error = only_seven_fails(&pool, &tally);
    assert!(matches!(error.cause(), Cause::Panicked { .. }), "{error}");
}

fn kill_worker(pid: u32) {
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
}

fn idle_worker_killed() {
    let pool = Pool::new(2, |_: u64| process::id()).unwrap();
    kill_worker(pool.apply(0).unwrap());
    assert_eq!(pool.map(0..100).unwrap().len(), 100);
}

fn all_idle_workers_killed() {
    let pool = Pool::builder().workers(1).build(|_: u64| process::id()).unwrap();
    for _ in 0..50 {
        let pid = pool.apply(0).unwrap();
        kill_worker(pid);
        assert_ne!(pool.apply(0).unwrap(), pid);
    }
}

fn every_item_kills() {
    let pool = Pool::new(2, |_: u64| process::exit(9)).unwrap();
    let results: Vec<Result<(), Error>> = pool.map_all(0..100);
    assert_eq!(results.len(), 100);
    for (index, result) in results.into_iter().enumerate() {
        let error = result.unwrap_err();
        assert_eq!(error.item(), Some(index));
        let died = matches!(error.cause(), Cause::Died { exit: Exit::Code(9), .. });
        assert!(died, "{error}");
    }
}

/// A number that makes trouble where it is told to.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Touchy {
    number: u64,
    encodes: bool,
    decodes: bool,
}

const GOOD: Touchy = Touchy { number: 1, encodes: true, decodes: true };

impl Serialize for Touchy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.encodes {
            // Half of it is written by then.
            (self.number, "half").serialize(serializer)?;
            return Err(serde::ser::Error::custom("touchy"));
        }
        (self.number, self.decodes).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Touchy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (number, decodes): (u64, bool) = Deserialize::deserialize(deserializer)?;
        if !decodes {
            return Err(serde::de::Error::custom("touchy"));
        }
        Ok(Touchy { number, encodes: true, decodes })
    }
}

/// Of 20 items in chunks of 5, item 7 goes wrong on its way.
fn on_the_way(item: Touchy, result: Touchy) -> Cause {
    let pool = Pool::builder().workers(2).chunk_size(5);
    let pool = pool.build(move |x: Touchy| if x.number == 7 { result } else { x }).unwrap();
    let good = |number| Touchy { number, ..GOOD };
    let items = (0..20).map(|x| if x == 7 { Touchy { number: 7, ..item } } else { good(x) });
    let mut results = pool.map_all(items);
    let error = results.remove(7).unwrap_err();
    assert_eq!(error.item(), Some(7));
    let others: Vec<u64> = results.into_iter().map(|result| result.unwrap().number).collect();
    assert_eq!(others, (0..20).filter(|&x| x != 7).collect::<Vec<u64>>());
    error.cause().clone()
}

fn item_not_encoded() {
    let cause = on_the_way(Touchy { encodes: false, ..GOOD }, GOOD);
    assert!(matches!(cause, Cause::NotEncoded { what: What::Item, .. }), "{cause}");
}

fn item_not_decoded() {
    let cause = on_the_way(Touchy { decodes: false, ..GOOD }, GOOD);
    assert!(matches!(cause, Cause::NotDecoded { what: What::Item, .. }), "{cause}");
}

fn result_not_encoded() {
    let cause = on_the_way(GOOD, Touchy { encodes: false, ..GOOD });
    assert!(matches!(cause, Cause::NotEncoded { what: What::Result, .. }), "{cause}");
}

fn result_not_decoded() {
    let cause = on_the_way(GOOD, Touchy { decodes: false, ..GOOD });
    assert!(matches!(cause, Cause::NotDecoded { what: What::Result, .. }), "{cause}");
}

fn sleep_for_ever() -> u64 {
    loop {
        work_for(Duration::from_secs(1));
    }
}

fn hangs() {
    let limit = Duration::from_millis(300);
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(2).time_limit(limit).build(move |x: u64| {
        begun.add(x);
        if x == 7 { sleep_for_ever() } else { x * x }
    });
    let pool = pool.unwrap();
    let start = Instant::now();
    let error = only_seven_fails(&pool, &tally);
    assert_eq!(*error.cause(), Cause::TimedOut { limit });
    assert!(start.elapsed() >= limit);
}

/// Many items that end just about at the limit: each is answered or timed out, and run once.
fn in_time() {
    let limit = Duration::from_millis(4);
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(2).time_limit(limit).build(move |x: u64| {
        begun.add(x);
        work_for(Duration::from_micros(3000 + 10 * (x % 100)));
        x
    });
    for (index, result) in pool.unwrap().map_all(0..300).into_iter().enumerate() {
        match result {
            Ok(x) => assert_eq!(x, index as u64),
            Err(error) => {
                assert_eq!(error.item(), Some(index));
                assert_eq!(*error.cause(), Cause::TimedOut { limit });
            }
        }
    }
    assert!(tally.sorted() == (0..300).collect::<Vec<u64>>());
}

fn dropped_while_hanging() {
    let pool = Pool::new(2, |_: u64| sleep_for_ever()).unwrap();
    let handle = pool.map_async(0..100);
    assert!(!handle.wait(Duration::from_millis(20)));
    drop(handle);
    let start = Instant::now();
    drop(pool);
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
}

fn dropped_while_stopped() {
    let pool = Pool::new(1, |_: u64| process::id()).unwrap();
    let pid = pool.apply(0).unwrap();
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGSTOP).unwrap();
    drop(pool);
}

/// A pool of three whose initialiser does this, and how often it was called.
fn initialised(initialiser: fn() -> Result<(), String>) -> (Error, usize) {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(3).initialiser(move || {
        begun.add(0);
        initialiser()
    });
    let error = pool.build(|x: u64| x).map(|_| ()).unwrap_err();
    (error, tally.sorted().len())
}

fn initialiser_fails() {
    let (error, calls) = initialised(|| Err("no such model".to_owned()));
    assert_eq!(error.to_string(), "the worker's initialiser failed: no such model");
    assert!(calls <= 3, "{calls}");
}

fn initialiser_panics() {
    let (error, calls) = initialised(|| panic!("no such model"));
    let text = error.to_string();
    assert!(text.contains("failures.rs:") && text.ends_with(": no such model"), "{text}");
    assert!(calls <= 3, "{calls}");
}

fn initialiser_dies() {
    let (error, calls) = initialised(|| process::exit(5));
    let expected = "the worker's initialiser failed: the worker exited with code 5";
    assert_eq!(error.to_string(), expected);
    assert!(calls <= 6, "{calls}");
}

fn initialiser_fails_later() {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(2).initialiser(move || {
        begun.add(0);
        if begun.sorted().len() > 2 { Err("later") } else { Ok(()) }
    });
    let pool = pool.build(|x: u64| if x == 1 { process::exit(1) } else { x }).unwrap();
    assert!(pool.apply(1).is_err());
    // One worker is left, and does all.
    assert_eq!(pool.map([2, 3, 4]).unwrap(), [2, 3, 4]);
    assert!(pool.apply(1).is_err());
    // None is left.
    let results = pool.map_all([2, 3]);
    for result in results {
        let error = result.unwrap_err();
        assert!(error.to_string().contains("later"), "{error}");
    }
    assert!(tally.sorted().len() <= 4, "{:?}", tally.sorted());
}

fn first_error() {
    let pool = Pool::new(3, |x: u64| assert!(x < 50, "too large")).unwrap();
    for _ in 0..50 {
        assert_eq!(pool.map(0..1000).unwrap_err().item(), Some(50));
    }
    assert_eq!(pool.map(0..50).unwrap().len(), 50);
}

fn sigchld_ignored() {
    // SAFETY: SIG_IGN is no function, so nothing runs in a handler.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.unwrap();
    let (pool, tally) = twenty(|| process::exit(3));
    let error = only_seven_fails(&pool, &tally);
    assert!(matches!(error.cause(), Cause::Died { exit: Exit::Unknown, .. }), "{error}");
}

/// The items of a chunk before and behind the one that kills the worker are delivered.
fn chunk_survives() {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(2).chunk_size(50).build(move |x: u64| {
        begun.add(x);
        if x % 20 == 7 { process::exit(1) } else { x }
    });
    for (index, result) in pool.unwrap().map_all(0..400).into_iter().enumerate() {
        assert_eq!(result.is_err(), index % 20 == 7, "{index}: {result:?}");
        assert_eq!(result.map_or(index as u64, |x| x), index as u64);
    }
    assert!(tally.sorted() == (0..400).collect::<Vec<u64>>());
}
