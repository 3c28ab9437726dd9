//! Who runs an item: a word for each chunk that a worker holds.
//!
//! The worker claims the items of a chunk one by one; the parent may close the chunk at any moment
//! and give the unclaimed rest to another worker, without the first one's help. So it does not matter
//! whether that one is busy, stopped or dead.
//!
//! Both use an atomic read-modify-write on the same word, so one of them is first, and both know
//! which: each item is run by exactly one worker.

#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU32, Ordering};

/// The bit that closes a chunk. The bits below count the claims.
const CLOSED: u32 = 1 << 31;

/// How many items of a chunk are claimed, and whether it is closed. Zero: a new chunk.
///
/// Relaxed orderings are enough everywhere: the word decides and hands over no other memory. The
/// items themselves are published by the ring.
#[derive(Default)]
pub(crate) struct Claim(AtomicU32);

impl Claim {
    /// Parent: the word is for a new chunk, of which the worker does not know yet.
    pub(crate) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Worker: claims the next item. False if the chunk is closed: the item is not the worker's.
    #[inline]
    pub(crate) fn claim(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) & CLOSED == 0
    }

    /// Parent: closes the chunk. What was claimed until now stays the worker's.
    pub(crate) fn close(&self, items: usize) -> usize {
        Self::count(self.0.fetch_or(CLOSED, Ordering::Relaxed), items)
    }

    /// Parent: how many items are claimed at this moment.
    pub(crate) fn claimed(&self, items: usize) -> usize {
        Self::count(self.0.load(Ordering::Relaxed), items)
    }

    fn count(word: u32, items: usize) -> usize {
        ((word & !CLOSED) as usize).min(items)
    }
}

/// A side that sleeps, and one that wakes it: for each side of a worker one word.
///
/// The sleeper says so, and looks once more whether there is something to do; the waker adds
/// something to do, and looks whether the other sleeps. Whatever the order, one of them sees the
/// other: that is what the two fences are for, because neither Release nor Acquire keeps a store
/// before a later load of another word.
#[repr(C, align(128))]
#[derive(Default)]
pub(crate) struct Sleeper(AtomicU32);

impl Sleeper {
    /// The side is about to sleep. It must look for work after this, before it does.
    pub(crate) fn announce(&self) {
        self.0.store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// The side has found work, and needs no waking.
    pub(crate) fn cancel(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// After adding work: whether the other side sleeps and must be woken. True once a sleep.
    pub(crate) fn must_wake(&self) -> bool {
        fence(Ordering::SeqCst);
        self.0.load(Ordering::Relaxed) == 1 && self.0.swap(0, Ordering::Relaxed) == 1
    }
}

#[cfg(loom)]
use loom::sync::atomic::fence;
#[cfg(not(loom))]
use std::sync::atomic::fence;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{Claim, Sleeper};

    #[test]
    fn what_is_claimed_stays_and_the_rest_goes() {
        let claim = Claim::default();
        assert!(claim.claim() && claim.claim());
        assert_eq!(claim.claimed(5), 2);
        assert_eq!(claim.close(5), 2);
        assert!(!claim.claim(), "it is closed");
        claim.reset();
        assert!(claim.claim());
    }

    #[test]
    fn more_claims_than_items_are_none() {
        let claim = Claim::default();
        (0..9).for_each(|_| {
            let _ = claim.claim();
        });
        assert_eq!(claim.close(3), 3);
    }

    #[test]
    fn a_sleeper_is_woken_once() {
        let sleeper = Sleeper::default();
        assert!(!sleeper.must_wake());
        sleeper.announce();
        assert!(sleeper.must_wake() && !sleeper.must_wake());
        sleeper.announce();
        sleeper.cancel();
        assert!(!sleeper.must_wake());
    }
}
