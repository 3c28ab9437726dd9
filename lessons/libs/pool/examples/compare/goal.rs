//! What a figure of ours is compared with, and how good it should be.

/// One figure of a row should be this many times another figure of the same row.
pub(crate) struct Goal {
    /// Which figure of ours.
    pub(crate) ours: &'static str,
    /// The best of these is what it is held against.
    pub(crate) against: &'static [&'static str],
    /// The quotient: at least this, or at most this where less is better.
    pub(crate) ratio: f64,
}

impl Goal {
    /// Whether a quotient of a run is good enough.
    pub(crate) fn is_reached(&self, ratio: f64, less_is_better: bool) -> bool {
        if less_is_better { ratio <= self.ratio } else { ratio >= self.ratio }
    }
}
