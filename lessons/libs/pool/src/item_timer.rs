//! How a worker learns how long its items take, without looking at the clock for each.

use std::time::{Duration, Instant};

/// An answer waits on the page no longer than about this before the parent is woken: a worker looks
/// at its clock now and then only.
const NOTIFY: Duration = Duration::from_micros(500);

/// The clock should be read after about this time, so that reading it costs next to nothing.
const INTERVAL: Duration = Duration::from_micros(50);

/// The most chunks between two clock reads.
const FAR: u32 = 64;

/// Counts items, and reads the clock when some chunks are done.
pub(crate) struct ItemTimer {
    /// When the items that are counted began.
    since: Instant,
    items: usize,
    /// When the clock was last read.
    looked: Instant,
    /// After how many chunks the clock is read next, and how many of those are still to be done.
    stride: u32,
    left: u32,
}

impl ItemTimer {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        ItemTimer { since: now, items: 0, looked: now, stride: 1, left: 1 }
    }

    /// Items begin now.
    pub(crate) fn start(&mut self) {
        self.since = Instant::now();
        self.looked = self.since;
        self.items = 0;
    }

    /// A chunk is done. Whether it is time to send its answers and those before it.
    #[inline]
    pub(crate) fn chunk_done(&mut self, items: usize) -> bool {
        self.items += items;
        self.left = self.left.saturating_sub(1);
        self.left == 0 && self.look()
    }

    fn look(&mut self) -> bool {
        let now = Instant::now();
        let slow = now - self.looked > INTERVAL;
        self.stride = if slow { 1 } else { (self.stride * 2).min(FAR) };
        (self.looked, self.left) = (now, self.stride);
        now - self.since > NOTIFY
    }

    /// How many nanoseconds an item took, if there was one. The next ones begin now.
    pub(crate) fn rate(&mut self) -> Option<u32> {
        let (items, since) = (self.items, self.since);
        self.start();
        let nanos = (self.since - since).as_nanos().checked_div(items as u128)?;
        Some(u32::try_from(nanos).unwrap_or(u32::MAX))
    }
}
