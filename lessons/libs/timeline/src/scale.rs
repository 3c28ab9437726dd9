//! From times to places in a drawing.
//!
//! In a run of 60 ms the interesting things often happen within the first. So where there is
//! room for every event, each gets a step, and only what is left is divided as time is; where
//! there is not, the scale is true.

use crate::{Event, Kind, Run};

/// A place for every time.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// Times and their places, both ascending. Between two of them the scale is true.
    points: Vec<(u64, f64)>,
    /// Whether it is true everywhere.
    pub(crate) is_true: bool,
}

impl Scale {
    /// A step for each of `times` (ascending): the first at 0, each next by 1, and by its share
    /// of `more`, which is divided as the times are. So what lasts longer is longer, and yet no
    /// two events are in one place. A program's start has no larger share than what follows.
    pub(crate) fn stepped(times: &[u64], more: f64) -> Self {
        let mut spans: Vec<f64> =
            times.windows(2).map(|pair| milliseconds(pair[1] - pair[0])).collect();
        if let [start, rest @ ..] = &mut spans[..]
            && let Some(longest) = rest.iter().copied().reduce(f64::max)
        {
            *start = start.min(longest);
        }
        let whole = spans.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let mut place = 0.0;
        let mut points: Vec<(u64, f64)> =
            times.first().map(|time| (*time, place)).into_iter().collect();
        for (time, span) in times.iter().skip(1).zip(spans) {
            place += 1.0 + more * span / whole;
            points.push((*time, place));
        }
        Scale { points, is_true: false }
    }

    /// The same scale, of this length.
    pub(crate) fn stretched_to(mut self, length: f64) -> Self {
        let factor = length / self.length().max(f64::MIN_POSITIVE);
        for (_, place) in &mut self.points {
            *place *= factor;
        }
        self
    }

    /// Equal places for equal times, from 0 to `length`.
    pub(crate) fn linear(end: u64, length: f64) -> Self {
        Scale { points: vec![(0, 0.0), (end.max(1), length)], is_true: true }
    }

    /// Stepped if each of `times` finds `room`, linear otherwise; of this length.
    pub(crate) fn fitting(times: &[u64], end: u64, length: f64, room: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "places are rounded anyway")]
        let steps = times.len() as f64;
        if steps * room <= length && times.len() > 1 {
            Scale::stepped(times, steps).stretched_to(length)
        } else {
            Scale::linear(end, length)
        }
    }

    /// The place of the last time.
    pub(crate) fn length(&self) -> f64 {
        self.points.last().map_or(0.0, |(_, place)| *place)
    }

    /// Times worth writing on an axis of `length` places, ascending: of a stepped scale its
    /// steps, of a true one some round times.
    pub(crate) fn marks(&self, length: usize) -> Vec<(u64, f64)> {
        if !self.is_true {
            return self.points.clone();
        }
        let end = self.points.last().map_or(0, |(time, _)| *time);
        let about = u64::try_from(length / 12).unwrap_or(u64::MAX).max(1);
        let step = round_up(end.div_ceil(about));
        (0..=end / step).map(|i| (i * step, self.place(i * step))).collect()
    }

    /// Where `time` is.
    pub(crate) fn place(&self, time: u64) -> f64 {
        let after = self.points.partition_point(|(at, _)| *at <= time);
        let (Some(before), Some(next)) =
            (after.checked_sub(1).and_then(|i| self.points.get(i)), self.points.get(after))
        else {
            return if after == 0 { 0.0 } else { self.length() };
        };
        let share = milliseconds(time - before.0) / milliseconds(next.0 - before.0);
        before.1 + share * (next.1 - before.1)
    }
}

/// The next of 100, 200, 500, 1000, 2000, … microseconds.
fn round_up(us: u64) -> u64 {
    let mut power: u64 = 100;
    loop {
        if let Some(step) =
            [1, 2, 5].into_iter().map(|n: u64| n.saturating_mul(power)).find(|step| *step >= us)
        {
            return step;
        }
        power = power.saturating_mul(10);
    }
}

/// Microseconds as milliseconds.
pub(crate) fn milliseconds(us: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
    let us = us as f64;
    us / 1000.0
}

/// A time for people, as in `0.2`, `17.4`, `1204`; the unit is written elsewhere.
pub(crate) fn label(us: u64) -> String {
    let ms = milliseconds(us);
    if ms < 999.95 { format!("{ms:.1}") } else { format!("{ms:.0}") }
}

/// The times at which something happens that a drawing shows, ascending.
///
/// A wait that follows at once on what the process did before needs no step of its own, and
/// neither does a return from one.
pub(crate) fn times(run: &Run) -> Vec<u64> {
    let worth = |kind: &Kind| {
        use Kind::{Continue, Cut, Discarded, Thread, ThreadEnd, Wait, WaitOver};
        let quiet =
            matches!(kind, Thread { .. } | ThreadEnd { .. } | Wait { .. } | WaitOver { .. });
        !quiet && !matches!(kind, Discarded | Cut | Continue)
    };
    // That the first process runs its program is no news.
    let root = run.processes[0].execs.first().map(|(at, _)| (*at, run.processes[0].pid));
    let news = |event: &&Event| worth(&event.kind) && Some((event.us, event.pid)) != root;
    let mut times: Vec<u64> = run.events.iter().filter(news).map(|event| event.us).collect();
    times.extend([run.processes[0].born, run.end]);
    times.extend(first_waits(run));
    times.sort_unstable();
    times.dedup();
    times
}

/// Of waits that follow one another without anything between but reaping, the first.
fn first_waits(run: &Run) -> impl Iterator<Item = u64> {
    run.processes.iter().flat_map(|process| {
        let mut free_since = None;
        process.waits.iter().filter_map(move |wait| {
            let after_wait = free_since.is_some_and(|since| wait.from.saturating_sub(since) < 200);
            free_since = Some(wait.to);
            (!after_wait).then_some(wait.from)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much of the scale each stretch of time takes.
    fn pieces(times: &[u64]) -> Vec<f64> {
        let scale = Scale::stepped(times, 10.0);
        times.windows(2).map(|pair| scale.place(pair[1]) - scale.place(pair[0])).collect()
    }

    #[test]
    fn every_event_has_a_step_and_longer_times_have_more() {
        let pieces = pieces(&[0, 1_000, 101_000, 101_001, 151_001]);
        assert!(pieces.iter().all(|piece| *piece >= 1.0), "{pieces:?}");
        let [start, long, short, half] = pieces[..] else { panic!("{pieces:?}") };
        assert!(((long - 1.0) / (half - 1.0) - 2.0).abs() < 0.01, "{pieces:?}");
        assert!(start < half && short < start, "{pieces:?}");
    }

    #[test]
    fn a_long_start_takes_no_more_than_what_follows() {
        let pieces = pieces(&[0, 900_000, 901_000, 903_000]);
        assert!((pieces[0] - pieces[2]).abs() < 0.01, "{pieces:?}");
    }
}
