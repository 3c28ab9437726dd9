//! What a dead worker leaves: its end, and its items.

use crate::chunk::Chunk;
use crate::error::{Cause, Exit};
use crate::event::Event;
use crate::queue::Begun;

/// What the pool knows about a dead worker, and the work that has to continue without it.
pub(crate) struct Remains {
    pub(crate) pid: u32,
    pub(crate) exit: Exit,
    /// Why the pool killed it, or how it explained its end. Empty if neither.
    pub(crate) reason: String,
    /// Why its initialiser failed, if it did.
    pub(crate) refused: Option<String>,
    /// Whether its initialiser had not succeeded yet.
    pub(crate) was_starting: bool,
    /// Whether the parent had told it to end.
    pub(crate) was_told_to_end: bool,
    /// Whether it was abandoned because it sent nothing and had begun nothing.
    pub(crate) was_silent: bool,
    /// Whether it had ever answered an item.
    pub(crate) had_answered: bool,
    /// What the item fails with that it was at.
    pub(crate) cause: Cause,
    /// Items that it had claimed and not answered.
    pub(crate) begun: Vec<Begun>,
    /// Items that go to other workers.
    pub(crate) unbegun: Vec<Chunk>,
}

impl Remains {
    /// Whether it has used up an item: such deaths end when the items run out.
    pub(crate) fn has_progress(&self) -> bool {
        self.had_answered || !self.begun.is_empty()
    }

    /// The event to report. None if it has ended as it was told to.
    pub(crate) fn event(&self) -> Option<Event> {
        let regular = self.exit == Exit::Code(0) || self.has_progress();
        if self.was_told_to_end && regular {
            return None;
        }
        let reason = self.refused.as_ref().unwrap_or(&self.reason).clone();
        Some(Event::Died { pid: self.pid, exit: self.exit, reason })
    }
}
