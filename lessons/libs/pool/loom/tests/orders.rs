//! The memory that parent and worker share, in every order that the memory model allows:
//!
//! ```console
//! $ RUSTFLAGS="--cfg loom" cargo test -p pool-loom --release
//! ```
//!
//! Threads stand for the processes. Without `--cfg loom` there is nothing to run.

#![cfg(loom)]
#![allow(dead_code, clippy::allow_attributes, reason = "not all of the two modules is used here")]

#[path = "../../src/claim.rs"]
mod claim;
#[path = "../../src/ring.rs"]
mod ring;

use claim::{Claim, Sleeper};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering, fence};
use loom::thread;
use ring::{Reader, Ring, Writer};

/// Words arrive in order, and none is overwritten before it was read.
#[test]
fn a_ring_keeps_its_words() {
    loom::model(|| {
        let ring = Arc::new(Ring::<2>::new());
        let shared = Arc::clone(&ring);
        let writer = thread::spawn(move || {
            let mut writer = Writer::new();
            for word in 1..=3 {
                while !writer.has_room(&shared, 1) {
                    thread::yield_now();
                }
                writer.put(&shared, word);
                writer.publish(&shared);
            }
        });
        let mut reader = Reader::new();
        for word in 1..=3 {
            while reader.refresh(&ring) == Some(0) {
                thread::yield_now();
            }
            assert_eq!(reader.next(&ring), word);
            reader.release(&ring);
        }
        writer.join().unwrap();
    });
}

/// A block promises two numbers and has one; then comes something else. Whatever the reader sees, it
/// takes no more numbers than there are.
#[test]
fn a_block_may_end_early() {
    const OTHER: u64 = 99;
    loom::model(|| {
        let ring = Arc::new(Ring::<4>::new());
        let shared = Arc::clone(&ring);
        let writer = thread::spawn(move || {
            let mut writer = Writer::new();
            writer.put(&shared, 2);
            writer.put(&shared, 7);
            writer.publish(&shared);
            writer.amend(&shared, 0, 1);
            writer.put(&shared, OTHER);
            writer.publish(&shared);
        });
        let mut reader = Reader::new();
        let (mut numbers, mut others) = (Vec::new(), Vec::new());
        while others.is_empty() {
            if reader.refresh(&ring) == Some(0) {
                thread::yield_now();
                continue;
            }
            if reader.position() == 0 {
                reader.skip(1);
            }
            // As the inbox does: first how far the words go, then how many of them are numbers.
            let count = reader.get(&ring, 0) as usize;
            while reader.available() > 0 {
                let word = reader.next(&ring);
                if numbers.len() < count { numbers.push(word) } else { others.push(word) }
            }
        }
        assert_eq!((numbers, others), (vec![7], vec![OTHER]));
        writer.join().unwrap();
    });
}

/// Each of three items is run by exactly one worker: the one that claims it, or those that get the rest.
#[test]
fn an_item_is_run_once() {
    loom::model(|| {
        let claim = Arc::new(Claim::default());
        let shared = Arc::clone(&claim);
        let worker = thread::spawn(move || {
            let claim = |&index: &u32| shared.claim(index, || fence(Ordering::SeqCst));
            (0..3).take_while(claim).count()
        });
        assert!(claim.begin_close());
        fence(Ordering::SeqCst);
        let kept = claim.close(3);
        assert_eq!(worker.join().unwrap(), kept);
        assert_eq!(claim.claimed(3), kept);
    });
}

/// One adds work, the other is about to sleep: it does not sleep without being woken.
#[test]
fn no_wakeup_is_lost() {
    loom::model(|| {
        let ring = Arc::new(Ring::<2>::new());
        let sleeper = Arc::new(Sleeper::default());
        let bell = Arc::new(AtomicBool::new(false));
        let (shared, sleeping, ringing) = (ring.clone(), sleeper.clone(), bell.clone());
        let waker = thread::spawn(move || {
            let mut writer = Writer::new();
            writer.put(&shared, 1);
            writer.publish(&shared);
            if sleeping.must_wake() {
                ringing.store(true, Ordering::Release);
            }
        });
        sleeper.announce();
        let sleeps = Reader::<2>::new().refresh(&ring) == Some(0);
        waker.join().unwrap();
        assert!(!sleeps || bell.load(Ordering::Acquire), "it sleeps for ever");
    });
}
