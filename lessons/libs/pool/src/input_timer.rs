//! How a call notices that its input is slow, without looking at the clock for each item.

use std::time::{Duration, Instant};

/// An input that takes this long for an item is slow: a pipe, a socket, a person.
const SLOW: Duration = Duration::from_micros(500);

/// An input that takes less for an item is a counter or a vector: looking at the clock each time would
/// take longer than the item.
const QUICK: Duration = Duration::from_nanos(25);

/// The most items between two looks at the clock. If a quick input becomes slow, so many items may pass
/// before that is noticed, once.
const STRIDE: u32 = 16;

/// Measures how long an input takes for its items.
pub(crate) struct InputTimer {
    since: Instant,
    /// How many items pass between two looks, and how many are left.
    stride: u32,
    left: u32,
    /// How long the slowest of the last items took: what is forgotten little by little.
    slowest: Duration,
}

impl InputTimer {
    pub(crate) fn new() -> Self {
        InputTimer { since: Instant::now(), stride: 1, left: 1, slowest: Duration::ZERO }
    }

    /// The input is asked for items from now on.
    pub(crate) fn start(&mut self) {
        self.since = Instant::now();
        self.left = self.stride;
    }

    /// An item has come. Whether it took long, and others should not be waited for.
    #[inline]
    pub(crate) fn is_late(&mut self) -> bool {
        self.left -= 1;
        self.left == 0 && self.look()
    }

    fn look(&mut self) -> bool {
        let now = Instant::now();
        let took = now - self.since;
        self.stride = if took < QUICK * self.stride { (self.stride * 2).min(STRIDE) } else { 1 };
        (self.since, self.left) = (now, self.stride);
        self.slowest = took.max(self.slowest * 3 / 4);
        took >= SLOW
    }

    /// Whether an item took long lately.
    pub(crate) fn is_slow(&self) -> bool {
        self.slowest >= SLOW
    }

    /// How long answers may be waited for before the input is asked again: if it is as slow again, the
    /// call takes a quarter longer at most.
    pub(crate) fn patience(&self) -> Duration {
        self.slowest / 4
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{InputTimer, SLOW, STRIDE};

    #[test]
    fn a_quick_input_is_looked_at_seldom() {
        let mut timer = InputTimer::new();
        timer.start();
        for _ in 0..10_000 {
            timer.is_late();
        }
        assert!(timer.stride <= STRIDE);
    }

    #[test]
    fn a_slow_item_is_remembered_and_forgotten() {
        let mut timer = InputTimer::new();
        timer.since -= Duration::from_secs(1);
        assert!(timer.is_late() && timer.is_slow());
        assert!(timer.patience() >= Duration::from_millis(250));
        let mut rounds = 0;
        while timer.is_slow() {
            timer.left = 1;
            timer.is_late();
            rounds += 1;
        }
        assert!(rounds > 5, "{rounds}");
        assert!(timer.patience() < SLOW);
    }
}
