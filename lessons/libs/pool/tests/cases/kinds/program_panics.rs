//! Kind 2: the program's own code panics in the parent.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use pool::{Cause, Pool, What};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    ("deserialize_of_a_result_panics", || quietly(result_decode)),
    ("serialize_of_an_item_panics", || quietly(item_encode)),
    ("drop_of_an_item_panics", || quietly(item_drop)),
    ("drop_of_a_result_panics", || quietly(result_drop)),
    ("the_input_panics_once", || quietly(input_once)),
    ("the_input_panics_in_map", || quietly(input_in_map)),
    ("the_progress_hook_panics", || quietly(progress_hook)),
    ("the_event_hook_panics", || quietly(event_hook)),
    ("deserialize_of_a_result_uses_the_pool", decode_uses_the_pool),
];

/// Where a [`Touchy`] panics: in the process that made the case, which is the parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Encode,
    Decode,
    Drop,
    Nowhere,
}

#[derive(Debug, PartialEq, Eq)]
struct Touchy(u64, At);

thread_local! {
    static PARENT: Cell<i32> = const { Cell::new(0) };
}

fn is_parent() -> bool {
    PARENT.get() == nix::unistd::getpid().as_raw()
}

impl Serialize for Touchy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(self.1 != At::Encode || !is_parent(), "encode {}", self.0);
        (self.0, self.1 as u8).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Touchy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (number, at): (u64, u8) = Deserialize::deserialize(deserializer)?;
        let at = [At::Encode, At::Decode, At::Drop, At::Nowhere][usize::from(at)];
        assert!(at != At::Decode || !is_parent(), "decode {number}");
        Ok(Touchy(number, at))
    }
}

impl Drop for Touchy {
    fn drop(&mut self) {
        let quiet = std::thread::panicking() || self.1 != At::Drop || !is_parent();
        assert!(quiet, "drop {}", self.0);
    }
}

/// Without the messages of panics that are wanted.
fn quietly(case: fn()) {
    PARENT.set(nix::unistd::getpid().as_raw());
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let outcome = catch_unwind(case);
    std::panic::set_hook(hook);
    if let Err(payload) = outcome {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
        panic!("{}", text.unwrap_or_default());
    }
}

fn items(bad: At) -> impl Iterator<Item = Touchy> {
    (0..100).map(move |x| Touchy(x, if x == 13 { bad } else { At::Nowhere }))
}

/// Of 100 items one is bad. Gives the cause of its error, when all others and the next call are right.
fn only_13_fails(pool: &Pool<Touchy, u64>, bad: At) -> Cause {
    let mut results = pool.map_all(items(bad));
    assert_eq!(results.len(), 100);
    let error = results.remove(13).unwrap_err();
    assert_eq!(error.item(), Some(13));
    let others: Vec<u64> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(others, (0..100).filter(|&x| x != 13).collect::<Vec<u64>>());
    assert_eq!(pool.map(items(At::Nowhere)).unwrap(), (0..100).collect::<Vec<u64>>());
    error.cause().clone()
}

#[expect(clippy::needless_pass_by_value, reason = "a pool's function takes its items")]
fn number(item: Touchy) -> u64 {
    item.0
}

fn item_encode() {
    let cause = only_13_fails(&Pool::new(2, number).unwrap(), At::Encode);
    let Cause::NotEncoded { what: What::Item, reason } = cause else { panic!("{cause}") };
    assert!(reason.contains("encode 13") && reason.contains("Touchy"), "{reason}");
}

fn item_drop() {
    let cause = only_13_fails(&Pool::new(2, number).unwrap(), At::Drop);
    assert!(matches!(cause, Cause::NotEncoded { what: What::Item, .. }), "{cause}");
}

/// By every way that a result comes.
fn result_decode() {
    let make = |x: u64| Touchy(x, if x == 13 { At::Decode } else { At::Nowhere });
    let pool = Pool::new(1, make).unwrap();
    let results = pool.map_all(0..100);
    let error = results[13].as_ref().unwrap_err();
    let Cause::NotDecoded { what: What::Result, reason } = error.cause() else { panic!("{error}") };
    assert!(reason.contains("decode 13") && reason.contains("Touchy"), "{reason}");
    assert!((0..100).all(|x| x == 13 || results[x].as_ref().unwrap().0 == x as u64));
    assert_eq!(pool.map(0..100).unwrap_err().item(), Some(13));
    for (index, result) in pool.imap_unordered(0..100) {
        assert_eq!(result.map_or(13, |touchy| touchy.0), index as u64);
    }
    assert_eq!(pool.map_async(0..100).join().unwrap_err().item(), Some(13));
    assert_eq!(pool.apply(7).unwrap().0, 7);
}

/// The program drops the result, so the panic is its own; the pool is right afterwards.
fn result_drop() {
    let make = |x: u64| Touchy(x, if x == 13 { At::Drop } else { At::Nowhere });
    let pool = Pool::new(2, make).unwrap();
    let dropped = catch_unwind(AssertUnwindSafe(|| pool.imap(0..100).map(drop).count()));
    assert!(dropped.is_err());
    // The rest is dropped while the program panics.
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let mut results = pool.imap(0..100);
        drop(results.next());
        panic!("the program's own");
    }));
    assert!(caught.is_err());
    assert_eq!(pool.map(20..30).unwrap().into_iter().map(|t| t.0).sum::<u64>(), 245);
}

/// Asked again, it goes on; what was taken before is not lost.
fn input_once() {
    for chunk in [1, 10, 1000] {
        let pool = Pool::builder().workers(2).chunk_size(chunk).build(|x: u64| x).unwrap();
        let panicked = Cell::new(false);
        let input = (0..100_u64).inspect(|&x| {
            assert!(x != 50 || panicked.replace(true), "once");
        });
        let mut results = pool.imap(input);
        let mut seen = Vec::new();
        let mut panics = 0;
        loop {
            match catch_unwind(AssertUnwindSafe(|| results.next())) {
                Ok(Some(result)) => seen.push(result.unwrap()),
                Ok(None) => break,
                Err(_) => panics += 1,
            }
        }
        assert_eq!(panics, 1);
        // The item at which it panicked was never given to the pool.
        assert_eq!(seen, (0..100).filter(|&x| x != 50).collect::<Vec<u64>>(), "chunk {chunk}");
    }
}

fn input_in_map() {
    let pool = Pool::new(2, |x: u64| x * 2).unwrap();
    for _ in 0..3 {
        let input = (0..1000).inspect(|&x| assert!(x != 500, "five hundred"));
        assert!(catch_unwind(AssertUnwindSafe(|| pool.map(input))).is_err());
        assert_eq!(pool.map(0..1000).unwrap(), (0..1000).map(|x| x * 2).collect::<Vec<u64>>());
    }
    let input = (0..1000).inspect(|&x| assert!(x != 500, "five hundred"));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(pool.map_async(input)))).is_err());
    assert_eq!(pool.apply(4).unwrap(), 8);
}

/// It panics once, and is called again afterwards; no result is lost.
fn progress_hook() {
    let calls = Rc::new(Cell::new(0));
    let count = Rc::clone(&calls);
    let pool = Pool::builder().workers(2).on_progress(move |_| {
        count.set(count.get() + 1);
        assert!(count.get() != 1, "first");
    });
    let pool = pool.build(|x: u64| x).unwrap();
    let mut results = pool.imap(0..1000);
    assert!(catch_unwind(AssertUnwindSafe(|| results.next())).is_err());
    assert_eq!(results.map(Result::unwrap).collect::<Vec<u64>>(), (0..1000).collect::<Vec<u64>>());
    assert!(calls.get() > 1, "it is forgotten");
}

fn event_hook() {
    let pool = Pool::builder().workers(1).on_event(|event| {
        assert!(!matches!(event, pool::Event::Died { .. }), "died");
    });
    let pool = pool.build(|x: u64| if x == 1 { std::process::exit(1) } else { x }).unwrap();
    let call = catch_unwind(AssertUnwindSafe(|| pool.map_all(0..10)));
    assert!(call.is_err());
    assert_eq!(pool.map(2..10).unwrap().len(), 8);
}

/// `Deserialize` may do whatever it likes, also call the pool.
fn decode_uses_the_pool() {
    thread_local! {
        static POOL: Cell<Option<&'static Pool<'static, u64, u64>>> = const { Cell::new(None) };
    }
    struct Curious(u64);
    impl Serialize for Curious {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize(serializer)
        }
    }
    impl<'de> Deserialize<'de> for Curious {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let number = u64::deserialize(deserializer)?;
            let doubled = POOL.get().map_or(Ok(number), |pool| pool.apply(number));
            doubled.map(Curious).map_err(serde::de::Error::custom)
        }
    }
    let outer = Pool::new(2, |x: u64| Curious(x)).unwrap();
    let inner = Pool::new(1, |x: u64| x * 2).unwrap();
    let inner: &'static Pool<'static, u64, u64> = Box::leak(Box::new(inner));
    POOL.set(Some(inner));
    let doubled: Vec<u64> = outer.map(0..50).unwrap().into_iter().map(|c| c.0).collect();
    assert_eq!(doubled, (0..50).map(|x| x * 2).collect::<Vec<u64>>());
    inner.terminate();
    // A leaked pool has no end of its own.
    for pid in inner.workers() {
        super::send(pid, nix::sys::signal::Signal::SIGKILL);
        nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(pid as i32), None).unwrap();
    }
}
