//! How many items make a chunk, and how many chunks a worker should have before it.
//!
//! System calls cost some microseconds each, so short items travel many at a time. Long ones
//! travel alone: one to run and one to continue with. The workers measure what "short" means.

use std::time::Duration;

use crate::page::SLOTS;

/// A chunk is as many items as take about this long. It bounds what a slow item can hold up: the
/// items behind it in its own chunk, which wait until it is done or another worker is idle.
const CHUNK_TIME: Duration = Duration::from_micros(50);

/// The most items in a chunk.
const CHUNK_ITEMS: usize = 1024;

/// A worker has about this much work before it.
const QUEUE_TIME: Duration = Duration::from_millis(5);

/// A worker that sleeps is woken for work of about this length, and not for a single short item:
/// waking it takes 10 to 20 µs, and it would fall asleep again before the next item.
const WAKE_TIME: Duration = Duration::from_micros(100);

/// The bytes of the chunks in a worker's queue, unless there are only two.
pub(crate) const QUEUE_BYTES: usize = 256 * 1024;

/// How much workers are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// What keeps them busy while the parent waits for them.
    Measured,
    /// All that their queues hold, because it may be long until the pool is called again.
    Full,
}

/// What the rate means for the dispatcher, until it changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Targets {
    /// How many items the next chunk should have.
    pub(crate) chunk_size: usize,
    /// How many chunks a worker should have in its queue, the running one among them.
    pub(crate) depth: usize,
    /// With how many items a worker that sleeps is woken before the round is over.
    pub(crate) wake_at: usize,
}

/// What the pool knows of how long its items take.
pub(crate) struct RateEstimate {
    /// What the caller asks for.
    chunk_size: Option<usize>,
    /// How long an item takes, in nanoseconds: a moving average. 0 as long as none is answered.
    nanos: f64,
}

impl RateEstimate {
    pub(crate) fn new(chunk_size: Option<usize>) -> Self {
        RateEstimate { chunk_size, nanos: 0.0 }
    }

    /// A worker reports that its last items took this many nanoseconds each.
    pub(crate) fn observe(&mut self, nanos: u32) {
        let now = f64::from(nanos).max(1.0);
        self.nanos = if self.nanos == 0.0 { now } else { self.nanos * 0.75 + now * 0.25 };
    }

    /// Whether no worker has reported how long its items take.
    pub(crate) fn is_unknown(&self) -> bool {
        self.nanos == 0.0
    }

    pub(crate) fn targets(&self, demand: Demand) -> Targets {
        let fitting = || self.fit(CHUNK_TIME).clamp(1, CHUNK_ITEMS);
        let chunk_size = self.chunk_size.unwrap_or_else(fitting);
        let depth = match demand {
            Demand::Measured => (self.fit(QUEUE_TIME) / chunk_size).clamp(2, SLOTS),
            Demand::Full => SLOTS,
        };
        Targets { chunk_size, depth, wake_at: self.fit(WAKE_TIME) }
    }

    /// How many items take about that long. One, as long as nothing is known.
    fn fit(&self, time: Duration) -> usize {
        if self.nanos == 0.0 { 1 } else { (time.as_nanos() as f64 / self.nanos) as usize }
    }
}
