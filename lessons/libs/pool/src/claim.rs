//! Which process runs an item: a pair of words for each chunk that a worker holds.
//!
//! The worker claims the items of a chunk one by one; the parent may close the chunk at any moment
//! and give the unclaimed rest to another worker, without the first one's help. So it does not
//! matter whether that one is busy, stopped or dead.
//!
//! Each side writes one word and then reads the other's: the worker writes what it claims and reads
//! whether the chunk is closing; the parent writes that it is closing and reads what is claimed.
//! With a fence between the two steps of each, at least one sees the other. If the worker sees that
//! the chunk is closing, it waits for the parent's decision, so each item is run by exactly one
//! worker.
//!
//! The worker takes the fence for each item, the parent seldom. So the worker's may be one that
//! costs nothing, if the parent's is one that reaches into the worker (`fences.rs`).

#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering, fence};
#[cfg(loom)]
use loom::thread::yield_now;
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU32, Ordering, fence};
#[cfg(not(loom))]
use std::thread::yield_now;

/// The worker may claim items.
const OPEN: u32 = 0;

/// The parent is about to decide how many items the worker has claimed.
const CLOSING: u32 = 1;

/// From this value on the chunk is closed, and the excess is the number of the worker's items.
const CLOSED: u32 = 2;

/// How many items of a chunk are claimed, and what the parent has decided. Zeroes are a new chunk.
///
/// The two words hand over no other memory: the items are published by the ring. What is ordered
/// are only these words, by the fences.
#[repr(C)]
#[derive(Default)]
pub(crate) struct Claim {
    /// Written by the worker.
    claimed: AtomicU32,
    /// Written by the parent.
    decision: AtomicU32,
}

impl Claim {
    /// Parent: the words are for a new chunk, of which the worker does not know yet.
    pub(crate) fn reset(&self) {
        self.claimed.store(0, Ordering::Relaxed);
        self.decision.store(OPEN, Ordering::Relaxed);
    }

    /// Worker: claims the item `index`. False if the chunk is closed: the item is not the worker's.
    ///
    /// `fence` keeps the store before the load, as the parent sees it.
    #[inline]
    pub(crate) fn claim(&self, index: u32, fence: impl FnOnce()) -> bool {
        self.claimed.store(index + 1, Ordering::Relaxed);
        fence();
        self.decision.load(Ordering::Relaxed) == OPEN || self.wait_for_decision(index)
    }

    /// The parent decides at once. If it is stopped just now, the worker waits as long.
    #[cold]
    fn wait_for_decision(&self, index: u32) -> bool {
        loop {
            match self.decision.load(Ordering::Relaxed) {
                OPEN => return true,
                CLOSING => yield_now(),
                closed => return index < closed - CLOSED,
            }
        }
    }

    /// Parent: from now on the worker claims nothing without the parent's decision. Before that,
    /// the parent needs a fence, too. False if the chunk is closed already.
    pub(crate) fn begin_close(&self) -> bool {
        let open = self.decision.load(Ordering::Relaxed) == OPEN;
        if open {
            self.decision.store(CLOSING, Ordering::Relaxed);
        }
        open
    }

    /// Parent: what was claimed until now stays the worker's.
    pub(crate) fn close(&self, items: usize) -> usize {
        let claimed = self.claimed.load(Ordering::Relaxed).min(items as u32);
        self.decision.store(CLOSED + claimed, Ordering::Relaxed);
        claimed as usize
    }

    /// Parent: it had no fence, and so cannot close the chunk.
    pub(crate) fn reopen(&self) {
        self.decision.store(OPEN, Ordering::Relaxed);
    }

    /// Parent: how many items are claimed at this moment.
    pub(crate) fn claimed(&self, items: usize) -> usize {
        let claimed = self.claimed.load(Ordering::Relaxed);
        // The worker's last claim may have failed.
        let kept = self.decision.load(Ordering::Relaxed).checked_sub(CLOSED);
        claimed.min(kept.unwrap_or(claimed)).min(items as u32) as usize
    }
}

/// A side that sleeps, and one that wakes it: for each side of a worker one word.
///
/// The sleeper says so, and checks once more whether there is something to do; the waker adds
/// something to do, and checks whether the other sleeps. Whatever the order, one of them sees the
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{Claim, Sleeper};

    #[test]
    fn what_is_claimed_stays_and_the_rest_goes() {
        let claim = Claim::default();
        assert!(claim.claim(0, || ()) && claim.claim(1, || ()));
        assert_eq!(claim.claimed(5), 2);
        assert!(claim.begin_close());
        assert_eq!(claim.close(5), 2);
        assert!(!claim.begin_close(), "it is closed");
        assert!(!claim.claim(2, || ()), "it is closed");
        assert_eq!(claim.claimed(5), 2, "the last claim was in vain");
        claim.reset();
        assert!(claim.claim(0, || ()));
    }

    #[test]
    fn a_chunk_that_cannot_be_closed_goes_on() {
        let claim = Claim::default();
        assert!(claim.begin_close());
        claim.reopen();
        assert!(claim.claim(0, || ()));
    }

    #[test]
    fn more_claims_than_items_are_none() {
        let claim = Claim::default();
        (0..9).for_each(|index| assert!(claim.claim(index, || ())));
        assert!(claim.begin_close());
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
