//! Faults on request, as further ways in which a step can end.

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::step::How;

/// Which faults the search plants, at every place where they fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// Forks are refused (`EAGAIN`).
    pub refuse_forks: bool,
    /// The fork with this number, counted from 1 over the whole run, is refused in every order.
    pub refuse_fork_number: Option<u32>,
    /// Waits, reads and writes are interrupted (`EINTR`).
    pub interrupt: bool,
    /// Reads and writes move fewer bytes than asked for.
    pub short: bool,
    /// Children are killed (SIGKILL) before any of their steps.
    pub kill_children: bool,
    /// How many faults a run may have, without the fork refused by number.
    pub most: u32,
}

impl Faults {
    /// None.
    pub fn none() -> Self {
        Faults::default()
    }
}

#[cfg(target_os = "linux")]
impl Faults {
    /// The faults that fit the call at which `name` is parked.
    pub(crate) fn at(&self, name: &Name, call: &crate::calls::Call) -> Vec<How> {
        use crate::calls::Call;
        if self.most == 0 {
            return Vec::new();
        }
        let (mut refused, mut interrupted, mut short) = (false, false, false);
        match call {
            Call::Fork { .. } => refused = self.refuse_forks,
            Call::Wait { nohang: false, .. } | Call::Pause { .. } => interrupted = self.interrupt,
            Call::Read { buffer, moves: true, .. } | Call::Write { buffer, moves: true, .. } => {
                interrupted = self.interrupt;
                short = self.short && buffer.is_some_and(|buffer| buffer.len > 1);
            }
            _ => {}
        }
        let killed = self.kill_children && name.parent().is_some();
        let all = [
            (refused, How::Refused),
            (interrupted, How::Interrupted),
            (short, How::Short),
            (killed, How::Killed),
        ];
        all.into_iter().filter(|(fits, _)| *fits).map(|(_, how)| how).collect()
    }
}
