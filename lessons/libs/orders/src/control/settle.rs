//! Waiting until every process has stopped: parked, asleep in the kernel, or ended.
//!
//! Only one process is released at a time, so there is only one notification or one end to wait
//! for; after a fork there is one more. Nothing here looks at a clock to decide that a process
//! has stopped, with one exception: a call that blocks although nothing here knows that it can.
//! Such a process is found asleep in `/proc` after a moment, and a caveat says so, because then
//! the orders of what wakes it are not all tried.

use std::time::Instant;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;

use super::launch::PATIENCE;
use super::random;
use super::run::Run;
use crate::calls::call::{self, Call, Limit};
use crate::calls::memory::Memory;
use crate::calls::table;
use crate::error::Error;
use crate::family::file::{self, Kind};
use crate::family::{Parked, Process, State};
use crate::name::Name;
use crate::report::Caveat;
use crate::sys::{self, Notice, PidFd};

/// A process counts as asleep in the kernel when it has been found so this many times.
const LOOKS: u32 = 3;

impl Run<'_> {
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        let start = Instant::now();
        let mut moments = 0;
        while self.has_moving() {
            if self.wait_for_news(if moments == 0 { 2 } else { 20 })? {
                moments = 0;
                continue;
            }
            moments += 1;
            self.look_for_sleepers()?;
            if start.elapsed() > PATIENCE {
                self.too_long = true;
                break;
            }
        }
        self.drain();
        self.understand_arrivals();
        Ok(())
    }

    /// Whether a process computes, is about to be seen for the first time, or is about to end.
    fn has_moving(&mut self) -> bool {
        let mut running = self.family.processes.values().any(Process::is_running);
        if !running {
            running = self.find_child() | self.find_dying() | self.find_woken();
            // A process that was woken may already have reached its next call. It is checked last:
            // a process that is parked was reported before.
            running |= self.listener.has_news();
        }
        running
    }

    /// Waits for a notification or an end, and takes it in. False if there was none.
    fn wait_for_news(&mut self, milliseconds: u16) -> Result<bool, Error> {
        let running: Vec<Name> = self
            .family
            .processes
            .iter()
            .filter(|(_, process)| process.is_running())
            .map(|(name, _)| name.clone())
            .collect();
        let mut fds = vec![
            PollFd::new(self.listener.fd(), PollFlags::POLLIN),
            PollFd::new(std::os::fd::AsFd::as_fd(&self.workshop.interrupts), PollFlags::POLLIN),
            PollFd::new(std::os::fd::AsFd::as_fd(&self.output), PollFlags::POLLIN),
        ];
        let handles = running.iter().filter_map(|name| self.family.get(name));
        fds.extend(handles.map(|process| PollFd::new(process.handle.fd(), PollFlags::POLLIN)));
        let _ = poll(&mut fds, PollTimeout::from(milliseconds));
        let happened: Vec<bool> = fds
            .iter()
            .map(|fd| fd.revents().is_some_and(|events| events.contains(PollFlags::POLLIN)))
            .collect();
        if happened[1] {
            return Err(self.interrupted());
        }
        if happened[2] {
            self.drain();
        }
        let ended = running.iter().zip(&happened[3..]).filter(|(_, ended)| **ended);
        let mut news = false;
        for (name, _) in ended {
            sys::wait_for_ends();
            self.family.ended(name);
            news = true;
        }
        if happened[0]
            && let Some(notice) = self.listener.receive()
        {
            self.arrived(&notice)?;
            news = true;
        }
        Ok(news)
    }

    fn interrupted(&self) -> Error {
        let signal = self.workshop.interrupts.read_signal().ok().flatten();
        let signal = signal.and_then(|signal| i32::try_from(signal.ssi_signo).ok());
        Error::Interrupted { signal: signal.unwrap_or(libc::SIGTERM) }
    }

    /// A process has reached a visible call.
    fn arrived(&mut self, notice: &Notice) -> Result<(), Error> {
        let name = match self.family.name_of(notice.thread) {
            Some(name) => name,
            None => self.new_child(notice.thread)?,
        };
        let call = call::read(notice, Memory(notice.thread));
        if self.is_invisible(&name, notice, &call) {
            return Ok(());
        }
        let Some(process) = self.family.processes.get_mut(&name) else { return Ok(()) };
        let (call_name, _) = table::look_up(notice.call);
        process.asleep = 0;
        process.in_vfork = false;
        process.state = State::Parked(Box::new(Parked {
            notice: *notice,
            name: call_name,
            call,
            understood: false,
            files: Vec::new(),
            closes: Vec::new(),
            unlocks: Vec::new(),
        }));
        Ok(())
    }

    /// A PID that is not known can only be the child of the process that forks.
    fn new_child(&mut self, pid: Pid) -> Result<Name, Error> {
        let Some((parent, vfork)) = self.forking.take() else {
            return Err(Error::Threads { process: "process".to_owned() });
        };
        let handle = PidFd::open(pid).map_err(|error| Error::system("pidfd_open", error))?;
        let name = self.family.add_child(&parent, pid, handle);
        if let Some(process) = self.family.processes.get_mut(&parent).filter(|_| vfork) {
            process.state = State::Blocked { vfork: true };
            process.in_vfork = true;
        }
        Ok(name)
    }

    /// The child of a fork may be slower than its parent, or may have ended before any call.
    fn find_child(&mut self) -> bool {
        let Some((parent, _)) = self.forking.clone() else { return false };
        let pid = self.family.get(&parent).filter(|parent| !parent.has_ended()).map(|p| p.pid);
        let pid = pid.unwrap_or_else(Pid::this);
        let known = |pid: &Pid| self.family.processes.values().any(|process| process.pid == *pid);
        let child =
            procinfo::children_of(pid).unwrap_or_default().into_iter().find(|pid| !known(pid));
        let found = child.is_some_and(|child| self.new_child(child).is_ok());
        self.forking = None; // if there is no child, the fork was refused
        found
    }

    /// A signal that was sent ends its target, which then is waited for.
    fn find_dying(&mut self) -> bool {
        let mut found = false;
        for name in std::mem::take(&mut self.ending) {
            if let Some(process) = self.family.processes.get_mut(&name)
                && !process.has_ended()
                && !process.is_running()
            {
                process.state = State::Running;
                found = true;
            }
        }
        found
    }

    /// What slept in the kernel may have been woken by the last step.
    fn find_woken(&mut self) -> bool {
        let mut found = false;
        for process in self.family.processes.values_mut() {
            // What wakes a process out of vfork is known, and marked when it happens.
            let woken = match process.state {
                State::Blocked { vfork } => !vfork && !sleeps_in_call(process.pid),
                _ => continue,
            };
            if woken || process.handle.has_ended() {
                process.state = State::Running;
                found = true;
            }
        }
        found
    }

    /// Nothing has happened for a while: do all processes that are running sleep in a call?
    fn look_for_sleepers(&mut self) -> Result<(), Error> {
        let mut running = self.family.processes.iter().filter(|(_, process)| process.is_running());
        if let Some((name, _)) = running.find(|(_, process)| is_stopped(process.pid)) {
            return Err(Error::Stops { step: format!("{name} gets a signal") });
        }
        let mut all_sleep = true;
        for process in self.family.processes.values_mut().filter(|process| process.is_running()) {
            let asleep = !process.handle.has_ended()
                && (sleeps_in_call(process.pid)
                    || process.in_vfork && sleeps_in_vfork(process.pid));
            process.asleep = if asleep { process.asleep + 1 } else { 0 };
            all_sleep &= process.asleep > LOOKS;
        }
        // While one computes, another that waits for it in exec or vfork is no sleeper.
        if !all_sleep {
            return Ok(());
        }
        for process in self.family.processes.values_mut().filter(|process| process.is_running()) {
            let vfork = process.in_vfork;
            process.state = State::Blocked { vfork };
            if !vfork {
                self.caveats.insert(Caveat::SleptInCall);
            }
        }
        Ok(())
    }

    /// Lets a call go at once that is no step: no process notices it, or there is no other.
    fn is_invisible(&mut self, name: &Name, notice: &Notice, call: &Call) -> bool {
        // After a fork, a child may be there that has not been seen yet.
        let alone = self.forking.is_none() && self.family.is_alone(name);
        // A parent in vfork continues when its child runs a program.
        let wakes = matches!(call, Call::Exec { .. }) && self.family.has_parent_in_vfork(name);
        if !alone && self.looks_at_another(name, call) {
            self.caveats.insert(Caveat::LooksAtProcesses);
        }
        let Some(process) = self.family.processes.get_mut(name) else { return true };
        match call {
            // A run is bound to one processor, which is no business of the program's.
            Call::Processors { buffer } if buffer.len >= self.workshop.processors.bytes().len() => {
                let all = self.workshop.processors.bytes();
                let written = sys::write_memory(notice.thread, buffer.address, all);
                self.listener.pretend(notice, i64::try_from(written).unwrap_or(0));
                return true;
            }
            // A buffer for the processors that is too small gets the kernel's own answer.
            Call::Private | Call::Processors { .. } => {}
            Call::ShareMemory => {
                self.caveats.insert(Caveat::SharedMemory);
            }
            Call::ParentDeath { signal } => process.parent_death = *signal,
            Call::Random { buffer } => {
                let bytes = random::bytes(name, process.random, buffer.len.min(1 << 16));
                process.random += 1;
                let written = sys::write_memory(notice.thread, buffer.address, &bytes);
                let written = i64::try_from(written).unwrap_or(0);
                self.listener.pretend(notice, written);
                return true;
            }
            _ if alone && !wakes && is_local(call) => {}
            _ if !concerns_others(&mut self.family.numbers, notice.thread, call) => {}
            _ => return false,
        }
        self.listener.go_on(notice);
        true
    }

    /// Whether the call opens what `/proc` says of another process, or of all.
    fn looks_at_another(&self, name: &Name, call: &Call) -> bool {
        let (Call::Open { path, .. } | Call::Look { path }) = call else { return false };
        let Some(rest) = path.strip_prefix("/proc") else { return false };
        let of = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
        let of = of.parse().ok().and_then(|pid| self.family.name_of(Pid::from_raw(pid)));
        rest.is_empty() || rest.ends_with("/children") || of.is_some_and(|of| of != *name)
    }

    /// Looks at the files of newly parked processes, in the order of their names: the files get
    /// their numbers here, and those must not depend on which process was parked first.
    fn understand_arrivals(&mut self) {
        for process in self.family.processes.values_mut() {
            let pid = process.pid;
            let State::Parked(parked) = &mut process.state else { continue };
            if std::mem::replace(&mut parked.understood, true) {
                continue;
            }
            let numbers = &mut self.family.numbers;
            for fd in descriptors_of(pid, &parked.call) {
                parked.files.extend(numbers.opened(pid, fd));
            }
            let closed = closed_by(pid, &parked.call);
            (parked.closes, parked.unlocks) = numbers.ends(pid, &closed);
            if matches!(parked.call, Call::Lock { .. }) {
                numbers.locked.extend(parked.files.iter().map(|file| file.file));
            }
        }
    }
}

/// Calls that only other processes could make interesting.
fn is_local(call: &Call) -> bool {
    use Call::{
        Close, Exec, GetGroup, GetParent, List, Look, Open, Poll, Seek, SetAction, SetFlags,
        SetGroup, SetMask, Stat,
    };
    match call {
        Open { flags, .. } => flags & libc::O_CREAT == 0,
        Poll { limit, .. } => *limit == Limit::NotAtAll,
        SetAction { .. }
        | SetFlags { .. }
        | SetMask { .. }
        | Look { .. }
        | Stat { .. }
        | Close { .. }
        | Seek { .. }
        | List { .. }
        | GetGroup
        | GetParent
        | Exec { .. }
        | SetGroup => true,
        _ => false,
    }
}

/// Whether the call, with these arguments, can make a difference to another process.
fn concerns_others(numbers: &mut file::Numbers, pid: Pid, call: &Call) -> bool {
    let kind = |fd: i32| {
        let metadata = std::fs::metadata(format!("/proc/{pid}/fd/{fd}")).ok();
        metadata.map_or(Kind::Null, |metadata| file::kind(&metadata))
    };
    let of_the_system = |fd: i32| {
        let path = std::fs::read_link(format!("/proc/{pid}/fd/{fd}")).unwrap_or_default();
        file::is_of_the_system(&path.to_string_lossy())
    };
    match call {
        Call::Look { path } => !file::is_of_the_system(path),
        Call::Open { path, flags } => {
            let changes = libc::O_CREAT | libc::O_TRUNC;
            let harmless = flags & changes == 0 || path.starts_with("/dev/");
            !(harmless && file::is_of_the_system(path))
        }
        Call::Read { fd, .. } => match kind(*fd) {
            Kind::Null => false,
            Kind::Regular | Kind::Folder => !of_the_system(*fd),
            _ => true,
        },
        Call::Write { fd, .. } => kind(*fd) != Kind::Null,
        Call::Stat { fd } | Call::Seek { fd } => kind(*fd) == Kind::Regular && !of_the_system(*fd),
        Call::List { fd } => !of_the_system(*fd),
        Call::Close { first, last } if first == last => match kind(*first) {
            Kind::Pipe | Kind::Socket => true,
            Kind::Regular => !numbers.locked.is_empty(),
            _ => false,
        },
        _ => true,
    }
}

/// The descriptors that a call is about.
fn descriptors_of(pid: Pid, call: &Call) -> Vec<i32> {
    match call {
        Call::Read { fd, .. }
        | Call::Write { fd, .. }
        | Call::Socket { fd, .. }
        | Call::Seek { fd }
        | Call::Stat { fd }
        | Call::Truncate { fd }
        | Call::SetFlags { fd }
        | Call::Lock { fd, .. } => vec![*fd],
        Call::Poll { fds, .. } => {
            let with_watched = |fd: &i32| std::iter::once(*fd).chain(file::watched(pid, *fd));
            fds.iter().flat_map(|(fd, _)| with_watched(fd).collect::<Vec<_>>()).collect()
        }
        _ => Vec::new(),
    }
}

/// The descriptors that a call closes.
fn closed_by(pid: Pid, call: &Call) -> Vec<i32> {
    match call {
        Call::Close { first, last } if first == last => vec![*first],
        Call::Close { first, last } => {
            file::descriptors(pid).into_iter().filter(|fd| (first..=last).contains(&fd)).collect()
        }
        Call::Exec { .. } => {
            let closes = |fd: &i32| file::flags(pid, *fd) & libc::O_CLOEXEC != 0;
            file::descriptors(pid).into_iter().filter(closes).collect()
        }
        Call::Exit { .. } => file::descriptors(pid),
        _ => Vec::new(),
    }
}

/// The state of a process, such as `S`, and the number of the call it is in, if it is in one.
fn state_and_call(pid: Pid) -> Option<(char, i64)> {
    let state = procinfo::stat(pid).ok()?.state.letter();
    let call = std::fs::read_to_string(format!("/proc/{pid}/syscall")).ok()?;
    let call = call.split_whitespace().next()?.parse().unwrap_or(-1);
    Some((state, call))
}

/// Asleep inside a call; a process that waits for memory to be read in is not inside one.
fn sleeps_in_call(pid: Pid) -> bool {
    state_and_call(pid).is_some_and(|(state, call)| state == 'S' && call >= 0)
}

/// Stopped by a signal, or by a tracer.
fn is_stopped(pid: Pid) -> bool {
    state_and_call(pid).is_some_and(|(state, _)| matches!(state, 'T' | 't'))
}

/// A process in vfork sleeps deeply. So does a fork for a moment on a busy machine, which is why
/// only a process that is known to be in vfork is asked.
fn sleeps_in_vfork(pid: Pid) -> bool {
    state_and_call(pid).is_some_and(|(state, call)| state == 'D' && call >= 0)
}
