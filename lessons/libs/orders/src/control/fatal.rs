//! Steps that end a process although their call says nothing of it.

use std::collections::BTreeSet;

use nix::unistd::Pid;

use super::run::Run;
use crate::job::Fatal;
use crate::name::Name;
use crate::object::Object;
use crate::report::Caveat;
use crate::step::{Offer, Step};

impl Run<'_> {
    /// What ends a process unannounced may be anything to others. (It is so in every state, though the
    /// process may live on in some: an order may not take the dependence away.)
    pub(super) fn add_fatal(&self, offers: &mut [Offer]) {
        for offer in offers {
            let taken = self.family.get(offer.step.process()).map(|process| process.steps);
            let mut known = self.fatal.0.iter();
            let is_known = |fatal: &Fatal| {
                fatal.process == *offer.step.process() && Some(fatal.after) == taken
            };
            if known.any(is_known) {
                offer.step.touches.push(Object::World.change());
            }
        }
    }

    /// Notes that `step` has ended these processes, if it did not say so beforehand. A fault in memory, a
    /// write to a pipe without readers and the end of a parent can do that.
    pub(super) fn note_fatal(&mut self, step: &Step, after: u32, ended: &[Name]) {
        let is_said = |name: &Name| step.touches.contains(&Object::End(name.clone()).change());
        let ended: Vec<&Name> = ended.iter().filter(|name| !is_said(name)).collect();
        let mut processes = ended.iter().filter_map(|name| self.family.get(name));
        if processes.any(|process| has_faulted(process.pid)) {
            self.caveats.insert(Caveat::Faults);
        }
        let is_known = step.touches.contains(&Object::World.change());
        if self.workshop.subject.blind_to.is_none() && !ended.is_empty() && !is_known {
            self.fatal.1.push(Fatal { process: step.process().clone(), after });
        }
    }

    pub(super) fn ended(&self) -> BTreeSet<Name> {
        let ended = self.family.processes.iter().filter(|(_, process)| process.has_ended());
        ended.map(|(name, _)| name.clone()).collect()
    }

    pub(crate) fn fatal(&self) -> Vec<Fatal> {
        self.fatal.1.clone()
    }
}

/// Whether a process that has ended was ended by what it computed, such as a bad memory access; also if
/// that cannot be found out. A write to a pipe without readers is no such thing.
fn has_faulted(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let status = stat.split_whitespace().next_back().and_then(|field| field.parse::<i32>().ok());
    let faults = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];
    status.is_none_or(|status| faults.contains(&(status & 0x7f)))
}
