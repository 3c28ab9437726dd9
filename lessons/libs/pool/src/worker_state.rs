//! How a worker stands, as the parent sees it. `DESIGN.md` has a table of the transitions.

use crate::error::Cause;

/// How a worker stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// The initialiser runs.
    Starting,
    /// It takes chunks.
    Ready,
    /// It was silent, and others have got its items: it takes no chunks until it sends something.
    Stalled,
    /// It has done its share, and gets nothing more; its replacement, with this PID, is starting.
    Expiring(u32),
    /// It finishes what it has, and another has taken its place.
    Retired,
    /// It is dead, or to be killed: why, if the pool has decided so.
    Lost(Option<Cause>),
}
