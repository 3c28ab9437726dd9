//! What a pool is to do, as the builder has collected it.

use std::time::{Duration, Instant};

use crate::fences::Fences;
use crate::worker::Ends;

/// What a worker does from its first moment to its last. It does not return.
pub(crate) type Fork<'f> = dyn FnMut(Ends) + 'f;

/// What a pool is to do, as the [`Builder`](crate::Builder) has collected it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) workers: usize,
    /// How many items a worker may be given in its life.
    pub(crate) recycle_after: usize,
    pub(crate) chunk_size: Option<usize>,
    /// Whether the caller has vouched that forking is safe although there are threads.
    pub(crate) threads_allowed: bool,
    /// How long an item may run.
    pub(crate) limit: Option<Duration>,
    /// How long the initialiser may run.
    pub(crate) initialiser_limit: Option<Duration>,
    pub(crate) has_initialiser: bool,
    /// How claims are ordered on this system.
    pub(crate) fences: Fences,
    /// When the pool was made. The pool and its workers count their times from here.
    pub(crate) start: Instant,
}
