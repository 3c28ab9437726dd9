//! What happens to workers, for a hook and for the log.

use std::fmt;
use std::time::Duration;

use crate::error::Exit;

/// Something that has happened to a worker.
///
/// Each goes to the hook of [`Builder::on_event`](crate::Builder::on_event) and to the
/// [`log`](https://docs.rs/log) crate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A worker was forked.
    Started {
        /// Its PID.
        pid: u32,
    },
    /// A worker has ended unasked, or was killed by the pool.
    Died {
        /// The PID it had.
        pid: u32,
        /// How it ended.
        exit: Exit,
        /// Why the pool has killed it, or how it explained itself. Empty if neither.
        reason: String,
    },
    /// A worker has done its share of items ([`Builder::recycle_after`](crate::Builder::recycle_after)),
    /// and another has taken its place.
    Retired {
        /// Its PID.
        pid: u32,
    },
    /// A worker has said nothing for some time although it has items it has not begun. They go to
    /// others.
    Slow {
        /// Its PID.
        pid: u32,
        /// For how long it has been silent.
        silent: Duration,
    },
    /// A worker could not be replaced for the time being.
    NotReplaced {
        /// Why not.
        reason: String,
    },
}

impl Event {
    pub(crate) fn level(&self) -> log::Level {
        match self {
            Event::Started { .. } | Event::Retired { .. } => log::Level::Debug,
            Event::Died { .. } | Event::Slow { .. } | Event::NotReplaced { .. } => log::Level::Warn,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Started { pid } => write!(f, "worker {pid} was started"),
            Event::Died { pid, exit, reason } if reason.is_empty() => {
                write!(f, "worker {pid} {exit}")
            }
            Event::Died { pid, exit, reason } => write!(f, "worker {pid} {exit}: {reason}"),
            Event::Retired { pid } => write!(f, "worker {pid} has done its share and retires"),
            Event::Slow { pid, silent } => {
                write!(f, "worker {pid} has been silent for {silent:.1?}; others take its items")
            }
            Event::NotReplaced { reason } => write!(f, "a worker was not replaced: {reason}"),
        }
    }
}
