//! Which process is whose child, and the events so far.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use timeline::{Event, Kind, Source, WaitOver};

use super::process;

/// A process of the recording.
struct Member {
    parent: Option<u32>,
    /// Its children that have not been reaped yet.
    children: Vec<u32>,
    ended: bool,
}

pub(super) struct Family {
    start: Instant,
    events: Vec<Event>,
    members: HashMap<u32, Member>,
    /// New tracees that stopped before their parents' calls were reported.
    kept: HashSet<u32>,
}

impl Family {
    pub(super) fn new(root: u32, name: String) -> Self {
        let mut family = Family {
            start: Instant::now(),
            events: Vec::new(),
            members: HashMap::new(),
            kept: HashSet::new(),
        };
        family.add(root, None);
        family.note(root, Kind::Start { name, source: Source::Ptrace });
        family
    }

    pub(super) fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// Adds an event that happened just now.
    pub(super) fn note(&mut self, pid: u32, kind: Kind) {
        if let Kind::Fork { child, .. } = kind {
            self.add(child, Some(pid));
        }
        let us = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.events.push(Event::new(us, pid, kind));
    }

    fn add(&mut self, pid: u32, parent: Option<u32>) {
        let member = Member { parent, children: Vec::new(), ended: false };
        self.members.insert(pid, member);
        if let Some(parent) = parent.and_then(|parent| self.members.get_mut(&parent)) {
            parent.children.push(pid);
        }
    }

    /// Keeps a new tracee until its parent's call is reported.
    pub(super) fn keep(&mut self, pid: u32) {
        self.kept.insert(pid);
    }

    /// Whether a new tracee was kept, and may continue now.
    pub(super) fn release(&mut self, pid: u32) -> bool {
        self.kept.remove(&pid)
    }

    /// Of the tracees that are kept, those whose parent is no longer one that `may_report`:
    /// SIGKILL came between its call and the report.
    pub(super) fn forsaken(&self, may_report: impl Fn(u32) -> bool) -> Vec<u32> {
        let kept = self.kept.iter().copied().filter(|pid| !process::is_thread(*pid));
        kept.filter(|pid| !process::parent(*pid).is_some_and(&may_report)).collect()
    }

    /// Whether any tracee is kept.
    pub(super) fn keeps_any(&self) -> bool {
        !self.kept.is_empty()
    }

    /// A wait of `parent` returned `child`: it was reaped if it had ended, since a tracer
    /// always learns of that before a parent does.
    pub(super) fn learned(&mut self, parent: u32, child: u32) {
        match self.members.get(&child) {
            Some(member) if member.ended => {
                self.note(parent, Kind::Reap { child });
                self.forget(child);
            }
            _ => self.note(parent, Kind::WaitOver { why: WaitOver::Changed }),
        }
    }

    /// A wait of `parent` is over. If it has no child left, those that were taken for zombies were
    /// none.
    pub(super) fn wait_over(&mut self, parent: u32, why: WaitOver) {
        if why == WaitOver::NoChild {
            let children = self.members.get(&parent).map(|member| member.children.clone());
            for child in children.unwrap_or_default() {
                if self.members.get(&child).is_some_and(|m| m.ended) && !process::exists(child) {
                    self.discard(child);
                }
            }
        }
        self.note(parent, Kind::WaitOver { why });
    }

    /// `pid` has ended. Returns its parent.
    pub(super) fn ended(&mut self, pid: u32, how: Kind) -> Option<u32> {
        self.note(pid, how);
        let member = self.members.get_mut(&pid)?;
        member.ended = true;
        member.parent
    }

    /// No process learns how `pid` ended.
    pub(super) fn discard(&mut self, pid: u32) {
        self.note(pid, Kind::Discarded);
        self.forget(pid);
    }

    fn forget(&mut self, pid: u32) {
        let parent = self.members.remove(&pid).and_then(|member| member.parent);
        if let Some(parent) = parent.and_then(|parent| self.members.get_mut(&parent)) {
            parent.children.retain(|child| *child != pid);
        }
    }

    /// The kernel gave the children of `pid` a new parent before it reported the end of `pid`.
    pub(super) fn orphan_children(&mut self, pid: u32) {
        let Some(member) = self.members.get_mut(&pid) else { return };
        let children = std::mem::take(&mut member.children);
        let mut adopter = None;
        for child in children {
            // A zombie may be gone already; then its new parent is that of the others.
            let by = process::parent(child).filter(|by| *by != pid).or(adopter);
            adopter = by.or(adopter);
            let by = by.unwrap_or(1);
            let in_family = self.members.contains_key(&by);
            self.note(child, Kind::Adopted { by, name: process::name(by) });
            if let Some(member) = self.members.get_mut(&child) {
                member.parent = in_family.then_some(by);
            }
            if let Some(adopter) = self.members.get_mut(&by) {
                adopter.children.push(child);
            }
        }
    }
}
