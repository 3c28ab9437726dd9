//! What every worker of a pool inherits.

use std::time::{Duration, Instant};

/// What the workers are for. The parent never runs it: it forks workers, and each has a copy.
pub(crate) struct Task<A, R> {
    pub(crate) function: Box<dyn FnMut(A) -> R>,
    pub(crate) initialiser: Option<Box<dyn FnMut() -> Result<(), String>>>,
    /// How long an item may run.
    pub(crate) limit: Option<Duration>,
    /// When the pool was made. Time since then means the same in all its processes.
    pub(crate) start: Instant,
}
