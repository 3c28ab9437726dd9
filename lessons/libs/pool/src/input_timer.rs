//! How a call notices that its input is slow, without looking at the clock for each item.

use std::time::{Duration, Instant};

/// An input that takes this long for an item is slow: a pipe, a socket, a person.
const SLOW: Duration = Duration::from_micros(500);

/// If less time passes between two clock reads, the reads are too frequent: one takes up to
/// 50 ns, and a counter or a vector needs 1 ns for an item.
const QUICK: Duration = Duration::from_micros(2);

/// If more time passes than this, the clock is read for each item.
const UNEVEN: Duration = Duration::from_micros(8);

/// The most items between two clock reads. If a quick input becomes slow, this many items may
/// pass before that is noticed, once.
const STRIDE: u32 = 32;

/// Measures how long an input takes for its items.
pub(crate) struct InputTimer {
    /// Since when only the input has run. `None` if something else has taken time, too.
    since: Option<Instant>,
    /// How many items pass between two looks, and how many are left.
    stride: u32,
    left: u32,
    /// How long the slowest of the last items took: what is forgotten little by little.
    slowest: Duration,
}

impl InputTimer {
    pub(crate) fn new() -> Self {
        InputTimer { since: None, stride: 1, left: 1, slowest: Duration::ZERO }
    }

    /// The input is asked for items from now on.
    #[inline]
    pub(crate) fn start(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// Something else takes time.
    #[inline]
    pub(crate) fn interrupt(&mut self) {
        self.since = None;
    }

    /// A chunk was given. If it was a small one, that took less time than a clock read.
    #[inline]
    pub(crate) fn chunk_given(&mut self, items: usize) {
        if items >= STRIDE as usize {
            self.interrupt();
        }
    }

    /// An item has come. Whether it took long, and others should not be waited for.
    #[inline]
    pub(crate) fn is_late(&mut self) -> bool {
        self.left -= 1;
        self.left == 0 && self.look()
    }

    fn look(&mut self) -> bool {
        let now = Instant::now();
        let took = now - self.since.unwrap_or(now);
        self.stride = match took {
            _ if took < QUICK => (self.stride * 2).min(STRIDE),
            _ if took < UNEVEN => self.stride,
            _ => 1,
        };
        (self.since, self.left) = (Some(now), self.stride);
        self.slowest = took.max(self.slowest * 3 / 4);
        took >= SLOW
    }

    /// Whether an item took long lately.
    pub(crate) fn is_slow(&self) -> bool {
        self.slowest >= SLOW
    }

    /// How long answers may be waited for before the input is asked again: if it is as slow again,
    /// the call takes a quarter longer at most.
    pub(crate) fn answer_timeout(&self) -> Duration {
        self.slowest / 4
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{InputTimer, SLOW, STRIDE};

    /// Also if each item is given as a chunk of its own.
    #[test]
    fn a_quick_input_is_looked_at_seldom() {
        let mut timer = InputTimer::new();
        let mut most = 0;
        for _ in 0..10_000 {
            timer.start();
            timer.is_late();
            timer.chunk_given(1);
            most = timer.stride.max(most);
        }
        assert_eq!(most, STRIDE);
    }

    #[test]
    fn what_comes_between_is_not_the_input_s_time() {
        let mut timer = InputTimer::new();
        timer.start();
        timer.since = timer.since.map(|since| since - Duration::from_secs(1));
        timer.interrupt();
        timer.start();
        assert!(!timer.is_late() && !timer.is_slow());
    }

    #[test]
    fn a_slow_item_is_remembered_and_forgotten() {
        let mut timer = InputTimer::new();
        timer.start();
        timer.since = timer.since.map(|since| since - Duration::from_secs(1));
        assert!(timer.is_late() && timer.is_slow());
        assert!(timer.answer_timeout() >= Duration::from_millis(250));
        let mut rounds = 0;
        while timer.is_slow() {
            timer.left = 1;
            timer.is_late();
            rounds += 1;
        }
        assert!(rounds > 5, "{rounds}");
        assert!(timer.answer_timeout() < SLOW);
    }
}
