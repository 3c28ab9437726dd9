//! One run: the choices that there are, and one step at a time.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signalfd::SignalFd;
use nix::sys::stat::Mode;
use nix::unistd::Pid;

use super::folder::Folder;
use super::launch::{Launched, Surroundings, Word, launch, number};
use crate::calls::call::{Call, Limit, Whom};
use crate::calls::memory::Memory;
use crate::error::Error;
use crate::family::{Family, Parked, Process, State};
use crate::faults::Faults;
use crate::job::Fatal;
use crate::name::Name;
use crate::program::{Place, Program, Subject};
use crate::report::Caveat;
use crate::step::{Choice, How, Offer, Step};
use crate::steps::offer::offers;
use crate::steps::ready::could_return;
use crate::steps::touch;
use crate::steps::words::waits_for;
use crate::sys::{self, Listener, Notice, Processors};

/// How often in a row a process may ask whether something has changed while others could run.
const ROUNDS: u32 = 4;

/// What all runs of one worker share.
pub(crate) struct Workshop<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) word: Word,
    pub(crate) input: OwnedFd,
    /// Those on which the program would run without a search.
    pub(crate) processors: Processors,
    /// Signals that ask this worker to end.
    pub(crate) interrupts: SignalFd,
    /// Descriptors that the program must not inherit.
    pub(crate) private: Vec<i32>,
    /// Where a command runs; a function runs where it is.
    pub(crate) folder: Option<RefCell<Folder>>,
}

impl<'a> Workshop<'a> {
    pub(crate) fn new(
        subject: &'a Subject<'a>,
        interrupts: SignalFd,
        mut private: Vec<i32>,
    ) -> Result<Self, Error> {
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        let input = open("/dev/null", flags, Mode::empty());
        let input = input.map_err(|errno| Error::system("opening /dev/null", errno))?;
        private.extend([number(&input), number(&interrupts.as_fd())]);
        let folder = match &subject.program {
            Program::Command(command) if command.place == Place::Own => Some(Folder::new()?),
            Program::Function { own_folder: true, .. } => Some(Folder::empty()?),
            _ => None,
        };
        let folder = folder.map(RefCell::new);
        let (word, processors) = (Word::new()?, Processors::allowed());
        Ok(Workshop { subject, word, input, processors, interrupts, private, folder })
    }
}

/// The flags of `open` with which a file may change.
const CHANGING: i32 = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;

/// A run in progress.
pub(crate) struct Run<'a> {
    pub(super) workshop: &'a Workshop<'a>,
    pub(super) listener: Listener,
    pub(super) family: Family,
    pub(super) output: OwnedFd,
    pub(super) text: Vec<u8>,
    pub(super) caveats: BTreeSet<Caveat>,
    /// Processes that steps of others have ended.
    killed: BTreeSet<Name>,
    /// A process that was released into a fork whose child has not been seen yet, and whether it is
    /// a vfork.
    pub(super) forking: Option<(Name, bool)>,
    /// Processes that a signal is ending.
    pub(super) ending: Vec<Name>,
    /// Whether a process computes for too long.
    pub(super) too_long: bool,
    /// Whether a step may stop a process, which nothing here follows.
    stops: bool,
    /// Steps that are known to end a process which their calls say nothing of, and those that were found.
    pub(super) fatal: (Vec<Fatal>, Vec<Fatal>),
    pub(super) root: Pid,
    faults_left: u32,
    forks: u32,
}

impl<'a> Run<'a> {
    /// Starts the program and waits until its first process is parked at a visible call.
    pub(crate) fn start(workshop: &'a Workshop<'a>, fatal: &[Fatal]) -> Result<Self, Error> {
        if let Some(folder) = &workshop.folder {
            let tidied = folder.borrow_mut().tidy();
            tidied.map_err(|error| Error::system("removing files of a run", error))?;
        }
        let folder = workshop.folder.as_ref().map(|folder| folder.borrow().path().to_owned());
        let (output, write) = pipe()?;
        let close = [&workshop.private[..], &[number(&output), number(&write)]].concat();
        let surroundings = Surroundings {
            word: &workshop.word,
            output: &write,
            input: &workshop.input,
            folder: folder.as_deref(),
            close: &close,
        };
        let Launched { pid, handle, listener } = launch(&workshop.subject.program, &surroundings)?;
        drop(write);
        let folder = folder.map(|folder| folder.to_string_lossy().into_owned());
        let mut family = Family { folder, ..Family::default() };
        family.processes.insert(Name::first(), Process::new(pid, handle));
        let mut run = Run {
            workshop,
            listener,
            family,
            output,
            text: Vec::new(),
            caveats: BTreeSet::new(),
            killed: BTreeSet::new(),
            forking: None,
            ending: Vec::new(),
            too_long: false,
            stops: false,
            fatal: (fatal.to_vec(), Vec::new()),
            root: pid,
            faults_left: workshop.subject.faults.most,
            forks: 0,
        };
        run.family.numbers.opened(pid, 1); // the output gets its number
        run.settle().map_err(|error| run.abandon(error))?;
        Ok(run)
    }

    /// The steps that the parked processes could take, in the order of their names.
    pub(crate) fn offers(&mut self) -> Vec<Offer> {
        let none = Faults::none();
        let workshop = self.workshop;
        let faults = if self.faults_left > 0 { &workshop.subject.faults } else { &none };
        let names: Vec<Name> = self.family.processes.keys().cloned().collect();
        let mut all: Vec<Offer> =
            names.iter().flat_map(|name| offers(&mut self.family, name, faults)).collect();
        self.hold_back_the_idle(&mut all);
        self.add_fatal(&mut all);
        if let Some(object) = workshop.subject.blind_to {
            let touches = all.iter_mut().map(|offer| &mut offer.step.touches);
            touches.for_each(|touches| touches.retain(|touch| touch.object.kind() != object));
        }
        all
    }

    /// A process that keeps asking lets the others go first.
    fn hold_back_the_idle(&mut self, offers: &mut [Offer]) {
        let idle: BTreeSet<Name> = self
            .family
            .processes
            .iter()
            .filter(|(_, process)| process.idle >= ROUNDS)
            .map(|(name, _)| name.clone())
            .collect();
        let others =
            offers.iter().any(|offer| offer.enabled && !idle.contains(offer.step.process()));
        if !others {
            return;
        }
        for offer in offers.iter_mut().filter(|offer| idle.contains(offer.step.process())) {
            offer.enabled = false;
            self.caveats.insert(Caveat::AsksAgain);
        }
    }

    /// Lets one process continue, until all have stopped again.
    pub(crate) fn take(&mut self, step: &Step) -> Result<(), Error> {
        let before = self.ended();
        let after = self.family.get(step.process()).map_or(0, |process| process.steps);
        self.take_choice(&step.choice)?;
        if self.stops {
            return Err(Error::Stops { step: step.to_string() });
        }
        self.settle()?;
        let ended: Vec<Name> = self.ended().difference(&before).cloned().collect();
        self.note_fatal(step, after, &ended);
        self.killed.extend(ended.into_iter().filter(|name| name != step.process()));
        Ok(())
    }

    fn take_choice(&mut self, choice: &Choice) -> Result<(), Error> {
        let name = &choice.process;
        let waits = waits_for(&self.family, name);
        let Some(process) = self.family.processes.get_mut(name) else { return Ok(()) };
        process.waits = waits;
        process.steps += 1;
        let State::Parked(parked) = std::mem::replace(&mut process.state, State::Running) else {
            return Ok(());
        };
        self.note_idleness(name, &parked, choice.how);
        if choice.how.is_fault() {
            self.faults_left -= 1;
        }
        match choice.how {
            How::Call => self.call(name, &parked)?,
            How::Handler => self.listener.run_handlers(&parked.notice),
            How::TimedOut => match parked.call {
                Call::TimedWait { .. } => self.listener.refuse(&parked.notice, libc::EAGAIN),
                _ => self.listener.pretend(&parked.notice, 0),
            },
            How::Refused => self.listener.refuse(&parked.notice, libc::EAGAIN),
            How::Interrupted => self.listener.refuse(&parked.notice, libc::EINTR),
            How::Short => self.move_less(name, &parked),
            How::Alarm | How::Killed => self.signal(name, parked, choice.how),
        }
        Ok(())
    }

    fn note_idleness(&mut self, name: &Name, parked: &Parked, how: How) {
        let asks = match &parked.call {
            Call::Wait { which, nohang: true, .. } => {
                !touch::candidates(&self.family, name, *which).any(|(_, child)| child.has_ended())
            }
            Call::Poll { .. } => how == How::TimedOut,
            Call::Sleep => return,
            _ => false,
        };
        for (other, process) in &mut self.family.processes {
            if other != name || !asks {
                process.idle = 0;
            }
        }
        if let Some(process) = self.family.processes.get_mut(name).filter(|_| asks) {
            process.idle += 1;
        }
    }

    /// A process that was killed may still exist for a moment, in which one that does not wait for it
    /// may ask for it.
    fn note_killed(&mut self, name: &Name, call: &Call) {
        let asks = match call {
            Call::Wait { which, nohang: true, .. } => touch::candidates(&self.family, name, *which)
                .any(|(child, process)| process.has_ended() && self.killed.contains(child)),
            Call::Poll { limit: Limit::NotAtAll, .. } => {
                self.killed.iter().any(|killed| !self.family.get(killed).is_none_or(|p| p.reaped))
            }
            _ => false,
        };
        if asks {
            self.caveats.insert(Caveat::AsksForKilled);
        }
    }

    /// The step in the usual way: the call is made.
    fn call(&mut self, name: &Name, parked: &Parked) -> Result<(), Error> {
        self.note_killed(name, &parked.call);
        let notice = &parked.notice;
        match &parked.call {
            // Time passes as it likes: a sleep may be over at any moment.
            Call::Sleep => self.listener.pretend(notice, 0),
            Call::Alarm { on } => {
                if let Some(process) = self.family.processes.get_mut(name) {
                    process.alarm = *on;
                }
                self.listener.pretend(notice, 0);
            }
            Call::Fork { vfork } => {
                self.forks += 1;
                if self.workshop.subject.faults.refuse_fork_number == Some(self.forks) {
                    self.listener.refuse(notice, libc::EAGAIN);
                } else {
                    self.forking = Some((name.clone(), *vfork));
                    self.listener.go_on(notice);
                }
            }
            Call::Kill { whom, signal } => self.kill(name, notice, *whom, *signal),
            Call::Thread => return Err(Error::Threads { process: name.to_string() }),
            // A tracer stops what it traces.
            Call::Trace => self.stops = true,
            call => {
                if matches!(call, Call::SetFlags { .. }) {
                    self.note_flags(name, parked);
                }
                self.before(name, call);
                self.listener.go_on(notice);
            }
        }
        Ok(())
    }

    /// What must be known before a call is made, as it is no longer seen afterwards.
    fn before(&mut self, name: &Name, call: &Call) {
        match call {
            Call::Wait { which, reaps: true, .. } => {
                let ended = touch::candidates(&self.family, name, *which)
                    .find(|(_, child)| child.has_ended())
                    .map(|(child, _)| child.clone());
                if let Some(child) = ended.and_then(|child| self.family.processes.get_mut(&child)) {
                    child.reaped = true;
                }
            }
            Call::Exit { .. } => self.parent_ends(name),
            Call::Exec { .. } => self.family.wake_parent(name),
            Call::Unmodelled => {
                self.caveats.insert(Caveat::Unmodelled);
            }
            Call::Open { path, flags } if flags & CHANGING != 0 => self.note_change(path),
            Call::Change { paths } => paths.iter().for_each(|path| self.note_change(path)),
            _ => {}
        }
    }

    /// Sends a signal, but to processes of the program only: whatever a program does, it does no
    /// harm to others.
    fn kill(&mut self, name: &Name, notice: &Notice, whom: Whom, signal: i32) {
        let targets = touch::targets(&self.family, name, whom);
        if targets.is_empty() {
            self.listener.refuse(notice, libc::ESRCH);
            return;
        }
        for target in &targets {
            self.signalled(target, signal);
        }
        let everywhere = whom == Whom::Everyone;
        if everywhere {
            self.ending.retain(|ending| ending != name); // all but the sender (man 2 kill)
        }
        if !everywhere && (self.ending.is_empty() || self.ending.contains(name)) {
            self.listener.go_on(notice);
            return;
        }
        // The sender must not continue while a target is ending: whether a signal about that end
        // reaches it before its next step or after would be left to chance.
        for target in targets.iter().filter(|target| !everywhere || *target != name) {
            let process = self.family.get(target);
            process.iter().for_each(|process| process.handle.signal(signal));
        }
        self.wait_for_endings();
        self.listener.pretend(notice, 0);
    }

    /// Waits until the processes that a signal is ending have ended.
    fn wait_for_endings(&mut self) {
        for name in std::mem::take(&mut self.ending) {
            let Some(process) = self.family.get(&name) else { continue };
            let mut fds = [PollFd::new(process.handle.fd(), PollFlags::POLLIN)];
            let _ = poll(&mut fds, PollTimeout::from(10_000_u16));
            sys::wait_for_ends();
            self.family.ended(&name);
        }
    }

    /// Notes that `target` is about to get a signal.
    fn signalled(&mut self, target: &Name, signal: i32) {
        let Some(process) = self.family.processes.get_mut(target) else { return };
        process.signalled = true;
        self.stops |= !process.has_ended() && process.signals().may_stop_by(signal);
        if !process.has_ended() && process.signals().ends_by(signal) {
            self.ending.push(target.clone());
            self.parent_ends(target);
        }
    }

    /// The end of a process sends a signal to those children that have asked for one.
    fn parent_ends(&mut self, parent: &Name) {
        let asked = self.family.children(parent).filter(|(_, child)| child.parent_death != 0);
        let asked: Vec<(Name, i32)> =
            asked.map(|(name, child)| (name.clone(), child.parent_death)).collect();
        for (child, signal) in asked {
            self.signalled(&child, signal);
        }
    }

    /// A process that waits for the file already would not notice its new flags; here it has not begun.
    fn note_flags(&mut self, name: &Name, own: &Parked) {
        let is_about = |parked: &Parked| {
            own.files.iter().any(|own| parked.files.iter().any(|file| file.file == own.file))
        };
        let waits = self.family.processes.iter().any(|(other, process)| {
            let parked = process.parked().filter(|parked| is_about(parked));
            other != name
                && parked.is_some_and(|call| !could_return(&self.family, other, process, call))
        });
        if waits {
            self.caveats.insert(Caveat::SleptInCall);
        }
    }

    /// Files outside the folder of this run outlive it, and other runs see them.
    fn note_change(&mut self, path: &str) {
        let folder = self.workshop.folder.as_ref();
        let outside = folder.is_some_and(|folder| !folder.borrow().contains(path));
        if outside && !path.starts_with("/dev/") {
            self.caveats.insert(Caveat::ChangesFiles);
        }
    }

    /// Moves about half of the bytes on behalf of the process, as a short read or write.
    fn move_less(&mut self, name: &Name, parked: &Parked) {
        let process = self.family.get(name);
        let moved = process.and_then(|process| move_half(process, &parked.call));
        match moved {
            Some(bytes) => self.listener.pretend(&parked.notice, bytes),
            None => self.listener.go_on(&parked.notice),
        }
    }

    /// An alarm rings, or a planted SIGKILL arrives, while the process stays where it is.
    fn signal(&mut self, name: &Name, parked: Box<Parked>, how: How) {
        let signal = if how == How::Killed { libc::SIGKILL } else { libc::SIGALRM };
        let Some(process) = self.family.processes.get_mut(name) else { return };
        process.alarm &= how == How::Killed;
        process.state = State::Parked(parked);
        self.signalled(name, signal);
        if let Some(process) = self.family.get(name) {
            process.handle.signal(signal);
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.family.all_ended() || self.too_long
    }

    pub(crate) fn caveats(&self) -> BTreeSet<Caveat> {
        self.caveats.clone()
    }

    /// Takes what has been written, so that the pipe does not fill up.
    pub(super) fn drain(&mut self) {
        let mut bytes = [0; 16_384];
        while let Ok(read @ 1..) = nix::unistd::read(&self.output, &mut bytes) {
            self.text.extend_from_slice(&bytes[..read]);
        }
    }
}

/// The pipe that stands for a terminal: its read end never waits.
fn pipe() -> Result<(OwnedFd, OwnedFd), Error> {
    let pipe = nix::unistd::pipe2(OFlag::O_CLOEXEC);
    let (read, write) = pipe.map_err(|errno| Error::system("a pipe", errno))?;
    let set = fcntl(&read, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
    set.map_err(|errno| Error::system("a pipe", errno))?;
    let _ = fcntl(&read, FcntlArg::F_SETPIPE_SZ(1 << 20)); // only a gain: fewer pauses
    Ok((read, write))
}

/// Reads or writes half of what `call` asks for, and says how many bytes that were.
fn move_half(process: &Process, call: &Call) -> Option<i64> {
    let (Call::Read { fd, buffer, .. } | Call::Write { fd, buffer, .. }) = call else {
        return None;
    };
    let buffer = (*buffer)?;
    let copy = process.handle.descriptor(*fd).ok()?;
    let half = (buffer.len / 2).clamp(1, 1 << 16);
    let moved = if matches!(call, Call::Read { .. }) {
        let mut bytes = vec![0; half];
        let read = nix::unistd::read(&copy, &mut bytes).ok()?;
        sys::write_memory(process.pid, buffer.address, &bytes[..read])
    } else {
        let bytes = Memory(process.pid).bytes(buffer.address, half);
        nix::unistd::write(copy.as_fd(), &bytes).ok()?
    };
    i64::try_from(moved).ok()
}
