//! A look at the processes of a case from outside.

use std::time::Duration;

use nix::unistd::Pid;
use procinfo::State;

use crate::sys;

/// One process, as it was when it was looked at.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    /// As this process sees it.
    pub(super) pid: Pid,
    /// As the process sees itself: in a PID namespace another number.
    pub(super) own_pid: Pid,
    pub(super) parent: Pid,
    pub(super) state: State,
    /// Processor time that it and the children it has reaped have used.
    pub(super) used: Duration,
}

impl Process {
    /// `None` if there is no such process any more.
    fn look_at(pid: Pid) -> Option<Process> {
        let stat = procinfo::stat(pid).ok()?;
        Some(Process {
            pid,
            own_pid: sys::own_pid(pid).unwrap_or(pid),
            parent: stat.parent,
            state: stat.state,
            used: stat.user_time + stat.system_time + stat.children_time,
        })
    }

    /// It has a processor, or waits for one only.
    pub(super) fn runs(&self) -> bool {
        self.state == State::Running
    }

    /// It has ended, and its parent has not waited for it.
    pub(super) fn is_zombie(&self) -> bool {
        self.state == State::Zombie
    }
}

/// The processes below `root`, each after its parent, but not many more than `limit`. Elsewhere
/// than on Linux none is found.
pub(super) fn below(root: Pid, limit: usize) -> Vec<Process> {
    let pids = procinfo::descendants(root, limit).unwrap_or_default();
    pids.into_iter().filter_map(Process::look_at).collect()
}

/// The PIDs of the processes below `root`, as [`below`].
pub(super) fn pids_below(root: Pid, limit: usize) -> Vec<Pid> {
    procinfo::descendants(root, limit).unwrap_or_default()
}

/// How many processes are below `root`, or a number above `limit`. Cheaper than to look at each.
pub(super) fn count_below(root: Pid, limit: usize) -> usize {
    procinfo::descendants(root, limit).map_or(0, |pids| pids.len())
}
