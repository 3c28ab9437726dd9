//! The processes of one run, and what each of them is doing.

pub(crate) mod file;

use std::collections::BTreeMap;

use nix::unistd::Pid;

use crate::calls::{Call, Signals};
use crate::name::Name;
use crate::object::File;
use crate::sys::{Notice, PidFd};
use file::{Numbers, Opened, PipeEnd};

/// One process of the run.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: Pid,
    pub(crate) handle: PidFd,
    pub(crate) state: State,
    /// How many children it has forked so far.
    pub(crate) children: u16,
    /// Whether its status has been collected, after which its PID means nothing.
    pub(crate) reaped: bool,
    /// Whether an alarm is set that has not rung.
    pub(crate) alarm: bool,
    /// The signal that it gets when its parent ends; 0 for none.
    pub(crate) parent_death: i32,
    /// How many steps it has taken.
    pub(crate) steps: u32,
    /// How often it has asked for random bytes.
    pub(crate) random: u32,
    /// Whether a signal with a handler may be pending.
    pub(crate) signalled: bool,
    /// For how many steps in a row it has only checked whether something has changed.
    pub(crate) idle: u32,
    /// How often in a row it was found asleep in a call.
    pub(crate) asleep: u32,
    /// Whether it is in vfork, which looks like any other deep sleep.
    pub(crate) in_vfork: bool,
    /// What it would wait for in the call into which it was last released.
    pub(crate) waits: String,
}

/// What a process is doing.
#[derive(Debug)]
pub(crate) enum State {
    /// It computes, and will be parked or end.
    Running,
    /// It is parked at a visible call.
    Parked(Box<Parked>),
    /// It was released into a call that blocks in the kernel.
    Blocked { vfork: bool },
    /// It has ended.
    Ended,
}

/// A call at which a process is parked, with what must be known of its descriptors.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) notice: Notice,
    pub(crate) name: &'static str,
    pub(crate) call: Call,
    /// Whether the descriptors have been read.
    pub(crate) understood: bool,
    /// The files that the call is about.
    pub(crate) files: Vec<Opened>,
    /// The ends of pipes that the call closes.
    pub(crate) closes: Vec<PipeEnd>,
    /// The files with locks that the call closes.
    pub(crate) unlocks: Vec<File>,
}

impl Process {
    pub(crate) fn new(pid: Pid, handle: PidFd) -> Self {
        Process {
            pid,
            handle,
            state: State::Running,
            children: 0,
            reaped: false,
            alarm: false,
            parent_death: 0,
            steps: 0,
            random: 0,
            signalled: false,
            idle: 0,
            asleep: 0,
            in_vfork: false,
            waits: String::new(),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.state, State::Running)
    }

    pub(crate) fn parked(&self) -> Option<&Parked> {
        if let State::Parked(parked) = &self.state { Some(parked) } else { None }
    }

    pub(crate) fn signals(&self) -> Signals {
        Signals::of(self.pid)
    }

    /// Whether a pending signal acts as soon as the process continues.
    pub(crate) fn has_signal(&self) -> bool {
        self.signalled && self.signals().deliverable()
    }
}

/// All processes of one run.
#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) processes: BTreeMap<Name, Process>,
    pub(crate) numbers: Numbers,
    /// The folder of the runs, which each worker has at another place.
    pub(crate) folder: Option<String>,
}

impl Family {
    pub(crate) fn name_of(&self, pid: Pid) -> Option<Name> {
        let mut all = self.processes.iter();
        all.find(|(_, process)| process.pid == pid && !process.reaped).map(|(name, _)| name.clone())
    }

    pub(crate) fn get(&self, name: &Name) -> Option<&Process> {
        self.processes.get(name)
    }

    /// Adds the next child of `parent`, and returns its name.
    pub(crate) fn add_child(&mut self, parent: &Name, pid: Pid, handle: PidFd) -> Name {
        let number = self.processes.get_mut(parent).map_or(1, |process| {
            process.children += 1;
            process.children
        });
        let name = parent.child(number);
        self.processes.insert(name.clone(), Process::new(pid, handle));
        name
    }

    /// The children of `parent` whose status it has not collected, oldest first.
    pub(crate) fn children<'a>(
        &'a self,
        parent: &'a Name,
    ) -> impl Iterator<Item = (&'a Name, &'a Process)> {
        let is_child = |name: &Name| name.parent().as_ref() == Some(parent);
        let all = self.processes.iter();
        all.filter(move |(name, process)| is_child(name) && !process.reaped)
    }

    /// Whether `name` is the only process that could take a step.
    pub(crate) fn is_alone(&self, name: &Name) -> bool {
        let waits_in_vfork = |state: &State| matches!(state, State::Blocked { vfork: true, .. });
        self.processes.iter().all(|(other, process)| {
            other == name || process.has_ended() || waits_in_vfork(&process.state)
        }) && self.get(name).is_some_and(|process| !process.alarm)
    }

    pub(crate) fn has_parent_in_vfork(&self, name: &Name) -> bool {
        let parent = name.parent().and_then(|parent| self.processes.get(&parent));
        parent.is_some_and(|parent| matches!(parent.state, State::Blocked { vfork: true }))
    }

    /// The parent continues, if it is blocked in vfork for this child.
    pub(crate) fn wake_parent(&mut self, name: &Name) {
        if self.has_parent_in_vfork(name)
            && let Some(parent) = name.parent().and_then(|name| self.processes.get_mut(&name))
        {
            parent.state = State::Running;
        }
    }

    pub(crate) fn all_ended(&self) -> bool {
        self.processes.values().all(Process::has_ended)
    }

    /// Marks a process as ended, and as reaped if its parent does not want to know.
    pub(crate) fn ended(&mut self, name: &Name) {
        self.wake_parent(name);
        let parent = name.parent().and_then(|parent| self.processes.get_mut(&parent));
        let mut discarded = false;
        if let Some(parent) = parent.filter(|parent| !parent.has_ended()) {
            parent.signalled = true;
            discarded = parent.signals().discards_children();
        }
        if let Some(process) = self.processes.get_mut(name) {
            process.state = State::Ended;
            process.reaped |= discarded;
        }
        // A signal at the parent's end may be on its way to the children.
        for process in self.processes.values_mut().filter(|process| process.parent_death != 0) {
            process.signalled = true;
        }
    }
}
