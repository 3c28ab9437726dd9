//! What the hooks of a process do beside recording.

use std::sync::OnceLock;

use crate::check::Check;

/// What the hooks do beside recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// After this many calls, fork fails.
    pub(super) fork_fails_after: u32,
    /// Where no fork notifier counts, a process stops at its fork when this many are alive.
    pub(super) processes_allowed: u32,
    /// A search runs the check in one of many orders: a fork that is refused was to be, and what is
    /// looked up beside the calls themselves would be steps more in each order.
    pub(super) in_a_search: bool,
}

impl Plan {
    pub(super) fn of(check: &Check, notified: bool) -> Plan {
        Plan {
            fork_fails_after: check.wanted.fork_fails_after.unwrap_or(u32::MAX),
            processes_allowed: if notified { u32::MAX } else { check.limits.processes },
            in_a_search: false,
        }
    }

    /// A search counts by itself, and refuses what is to be refused.
    pub(super) fn in_a_search() -> Plan {
        Plan { fork_fails_after: u32::MAX, processes_allowed: u32::MAX, in_a_search: true }
    }
}

pub(super) static PLAN: OnceLock<Plan> = OnceLock::new();

/// Whether a search runs the check.
pub(super) fn in_a_search() -> bool {
    PLAN.get().is_some_and(|plan| plan.in_a_search)
}
