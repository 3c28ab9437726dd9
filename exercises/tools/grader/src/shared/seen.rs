//! What was seen of a case that is over.

use std::time::Duration;

use nix::sys::wait::WaitStatus;

use super::process_tree::ProcessTree;

/// All that the supervisor saw of a case.
pub(crate) struct Seen {
    pub(crate) end: End,
    pub(crate) out: String,
    pub(crate) err: String,
    /// How many processes ended without their parent having waited for them, the case's own
    /// children included.
    pub(crate) unreaped: usize,
    /// Those that were still alive when the grace was over.
    pub(crate) survivors: ProcessTree,
    pub(crate) took: Duration,
    /// The age of the log when everything that was left was stopped.
    pub(crate) until: Duration,
    /// It was one of many orders, in which less is looked at: see
    /// [`in_every_order`](crate::Check::in_every_order).
    pub(crate) in_a_search: bool,
}

impl Seen {
    /// The processes that were there at the end, if they were looked at.
    pub(crate) fn last_look(&self) -> Option<&ProcessTree> {
        match &self.end {
            _ if cfg!(not(target_os = "linux")) || self.in_a_search => None,
            End::ByItself(_) => Some(&self.survivors),
            End::Deadlock(tree) | End::TimedOut(tree) => Some(tree),
            _ => None,
        }
    }
}

/// How the process ended that called the function.
pub(crate) enum End {
    ByItself(WaitStatus),
    /// It would have gone on waiting for ever.
    Deadlock(ProcessTree),
    TimedOut(ProcessTree),
    TooManyProcesses,
    TooMuchOutput,
    /// The process that supervises it was killed.
    Uncontrolled,
    /// The test process could not begin, for this reason.
    NotBegun(String),
    /// The harness has gone, and no verdict is wanted.
    Abandoned,
}
