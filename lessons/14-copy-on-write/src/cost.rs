//! What a piece of work costs: time, and page faults.

use std::fmt;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    time: Duration,
    /// How often the processor had to ask the kernel, because the page table allowed no write to
    /// the page. A page that is shared since a fork is such a case.
    faults: i64,
}

impl Cost {
    /// Does the work, and returns its result too.
    pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (Self, T) {
        let (start, before) = (Instant::now(), faults());
        let result = work();
        (Cost { time: start.elapsed(), faults: faults() - before }, result)
    }
}

/// Page faults of this process since its start.
fn faults() -> i64 {
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.minor_page_faults())
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9.2} ms {:>8}", self.time.as_secs_f64() * 1000.0, self.faults)
    }
}
