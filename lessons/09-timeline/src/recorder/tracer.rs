//! The loop of the recorder: a tracee stops, the recorder notes why, and the tracee is resumed.
//!
//! What is known of the tracees is kept by thread, because threads stop, while events belong to
//! processes. Where the order of the stops is not guaranteed, `family` sorts it out.

use std::collections::HashMap;

use lesson_cli::{Failure, complain};
use nix::errno::Errno;
use nix::libc::{self, c_int};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use timeline::{How, Kind, WaitOver};

use super::family::Family;
use super::process::{self, number, pid_of};
use super::stop::{self, Resume, Stop};
use super::wait_call::{Outcome, Place, WaitCall, is_wait};
use super::{Command, Interrupts, Recording};

pub(super) struct Tracer<'a> {
    family: Family,
    tracees: HashMap<Pid, Tracee>,
    root: Pid,
    exit_code: Option<u8>,
    interrupts: &'a Interrupts,
    told_of_leftovers: bool,
    /// Whether a process or thread has ended that may have been killed before its report.
    reports_lost: bool,
    /// The process whose end was reported last; at first the root.
    last_ended: u32,
}

/// Follows the command, which already runs under the tracer, until no process of it is left.
pub(super) fn follow(command: &Command, interrupts: &Interrupts) -> Result<Recording, Failure> {
    let root = command.pid;
    let first = Tracee::new(number(root));
    let mut tracer = Tracer {
        family: Family::new(number(root), command.name.clone()),
        tracees: HashMap::from([(root, first)]),
        root,
        exit_code: None,
        interrupts,
        told_of_leftovers: false,
        reports_lost: false,
        last_ended: number(root),
    };
    loop {
        match tracer.next() {
            Ok((pid, stop)) => tracer.stopped(pid, stop),
            Err(Errno::EINTR) => tracer.interrupted(),
            Err(Errno::ECHILD) => break,
            Err(errno) => return Err(Failure::system("waiting for the command", errno)),
        }
    }
    let exit_code = tracer.exit_code.unwrap_or(u8::MAX);
    Ok(Recording::new(tracer.family.into_events(), exit_code))
}

impl Tracer<'_> {
    fn stopped(&mut self, pid: Pid, stop: Stop) {
        if !self.tracees.contains_key(&pid) {
            return self.stranger(pid, stop);
        }
        let (how, signal) = match stop {
            Stop::Exited { code } => return self.ended(pid, Kind::Exit { code }, code),
            Stop::Killed { signal, core } => {
                let code = 128 + u8::try_from(signal).unwrap_or_default();
                return self.ended(pid, Kind::Killed { signal: stop::name(signal), core }, code);
            }
            Stop::Event(event) => (self.event(pid, event), 0),
            Stop::Trap => (self.trap(pid), 0),
            Stop::Group { signal } => (self.group_stop(pid, signal), 0),
            Stop::Signal(signal) => (self.signal(pid, signal), signal),
            Stop::Syscall => (self.syscall(pid), 0),
        };
        stop::resume(pid, how, signal);
    }

    /// A new tracee may stop before its parent's call is reported, so it is kept until then. A
    /// thread that another thread's exec removed may still be reported as ended.
    fn stranger(&mut self, pid: Pid, stop: Stop) {
        if !matches!(stop, Stop::Exited { .. } | Stop::Killed { .. }) {
            self.family.keep(number(pid));
        }
    }

    /// The next stop. Before it sleeps, it makes sure that no tracee is kept for ever.
    fn next(&mut self) -> Result<(Pid, Stop), Errno> {
        if self.reports_lost && self.family.keeps_any() {
            if let Some(stop) = stop::at_hand()? {
                return Ok(stop);
            }
            // If the end of a process is still to be reported, its children are looked at then.
            if !self.tracees.values().any(|tracee| process::is_zombie(tracee.process)) {
                self.admit_forsaken();
            }
        }
        stop::next()
    }

    /// The call of a parent that was killed in it is never reported. That parent ended last.
    fn admit_forsaken(&mut self) {
        let tracees = &self.tracees;
        let forsaken = self.family.forsaken(|parent| tracees.contains_key(&pid_of(parent)));
        for child in forsaken {
            self.admit(self.last_ended, child, How::Unknown, false);
        }
        self.family.orphan_children(self.last_ended);
    }

    fn event(&mut self, pid: Pid, event: c_int) -> Resume {
        match event {
            libc::PTRACE_EVENT_FORK => self.born(pid, How::Fork),
            libc::PTRACE_EVENT_VFORK => self.born(pid, How::Vfork),
            libc::PTRACE_EVENT_CLONE => self.born(pid, How::Clone),
            libc::PTRACE_EVENT_EXEC => self.exec(pid),
            libc::PTRACE_EVENT_SECCOMP => return self.filtered(pid),
            _ => {}
        }
        self.mode(pid)
    }

    /// The call that `maker` is in has made a process or a thread.
    fn born(&mut self, maker: Pid, how: How) {
        // It fails if SIGKILL has just ended the maker; the child then shows up as a stranger.
        let Ok(child) = ptrace::getevent(maker) else { return };
        let parent = self.process(maker);
        let child = u32::try_from(child).unwrap_or_default();
        // A thread is made with no signal at its end, which is reported as `clone`.
        let thread = how == How::Clone && process::has_thread(parent, child);
        self.admit(parent, child, how, thread);
    }

    fn admit(&mut self, parent: u32, child: u32, how: How, thread: bool) {
        if self.tracees.contains_key(&pid_of(child)) {
            return; // it was taken for forsaken
        }
        let process = if thread { parent } else { child };
        self.tracees.insert(pid_of(child), Tracee::new(process));
        let kind = if thread { Kind::Thread { tid: child } } else { Kind::Fork { child, how } };
        self.family.note(parent, kind);
        if self.family.release(child) {
            stop::resume(pid_of(child), Resume::Run, 0);
        }
    }

    /// A process runs a new program. All its threads are gone except the one that called exec,
    /// which from here on has the ID of the first, whatever it was before.
    fn exec(&mut self, pid: Pid) {
        let process = self.process(pid);
        self.tracees.retain(|tid, tracee| tracee.process != process || *tid == pid);
        if let Some(tracee) = self.tracees.get_mut(&pid) {
            tracee.wait = None;
        }
        self.family.note(process, Kind::Exec { args: process::arguments(process) });
    }

    /// The filter has stopped it at the beginning of a wait.
    fn filtered(&mut self, pid: Pid) -> Resume {
        let Place::Filtered(Some(wait)) = Place::of(pid) else { return Resume::Run };
        let process = self.process(pid);
        let first = number(pid) == process;
        if let Some(tracee) = self.tracees.get_mut(&pid)
            && tracee.begins(wait)
            && first
        {
            self.family.note(process, Kind::Wait { child: wait.child, nohang: wait.nohang });
        }
        Resume::ToSyscall
    }

    /// Only threads in a wait are stopped here.
    fn syscall(&mut self, pid: Pid) -> Resume {
        let process = self.process(pid);
        let tracee = self.tracees.get_mut(&pid);
        match tracee.and_then(|tracee| tracee.passes(pid, &Place::of(pid))) {
            Some(Outcome::Child(child)) => self.family.learned(process, child),
            // The waits of other threads are not noted, because the process continues.
            Some(Outcome::Over(why)) if number(pid) == process => {
                self.family.wait_over(process, why);
            }
            Some(Outcome::Over(_) | Outcome::Restarts) | None => {}
        }
        self.mode(pid)
    }

    /// The first stop of a new tracee, or the process continues after having been stopped.
    fn trap(&mut self, pid: Pid) -> Resume {
        let process = self.process(pid);
        if let Some(tracee) = self.tracees.get_mut(&pid)
            && std::mem::take(&mut tracee.stopped)
            && number(pid) == process
        {
            self.family.note(process, Kind::Continue);
        }
        self.mode(pid)
    }

    fn group_stop(&mut self, pid: Pid, signal: c_int) -> Resume {
        let process = self.process(pid);
        if let Some(tracee) = self.tracees.get_mut(&pid)
            && !std::mem::replace(&mut tracee.stopped, true)
            && number(pid) == process
        {
            self.family.note(process, Kind::Stop { signal: stop::name(signal) });
        }
        Resume::Listen
    }

    /// A tracee stops for every signal, even one that has no effect. That a child has ended is in
    /// the child's own events.
    fn signal(&mut self, pid: Pid, signal: c_int) -> Resume {
        let process = self.process(pid);
        if signal != libc::SIGCHLD && process::has_effect(process, signal) {
            let from = stop::sender(pid);
            self.family.note(process, Kind::Signal { signal: stop::name(signal), from });
        }
        self.mode(pid)
    }

    fn ended(&mut self, pid: Pid, how: Kind, code: u8) {
        let process = self.process(pid);
        self.tracees.remove(&pid);
        let by_sigkill = matches!(&how, Kind::Killed { signal, .. } if signal == "SIGKILL");
        self.reports_lost |= by_sigkill || number(pid) != process;
        if number(pid) != process {
            return self.family.note(process, Kind::ThreadEnd { tid: number(pid) });
        }
        if pid == self.root {
            self.exit_code = Some(code);
            // Wakes the loop to tell what it still waits for.
            nix::unistd::alarm::set(1);
        }
        let parent = self.family.ended(process, how);
        // Reaped already, if it is in a wait; if it gets no status there, that is seen then.
        if parent.is_some_and(|parent| !self.waits(parent)) && !process::exists(process) {
            self.family.discard(process);
        }
        self.last_ended = process;
        if self.family.keeps_any() {
            self.admit_forsaken();
        }
        self.family.orphan_children(process);
    }

    /// Whether any thread of `process` is in a wait.
    fn waits(&self, process: u32) -> bool {
        self.tracees.values().any(|tracee| tracee.process == process && tracee.wait.is_some())
    }

    /// An alarm or Ctrl-C. The first Ctrl-C is the command's; a second, or one when the command
    /// itself has ended, ends all that is left.
    fn interrupted(&mut self) {
        let ended = self.exit_code.is_some();
        let patience = if ended { 0 } else { 1 };
        if self.interrupts.count() > patience {
            for pid in self.tracees.keys() {
                let _ = kill(*pid, Signal::SIGKILL);
            }
        } else if ended && !std::mem::replace(&mut self.told_of_leftovers, true) {
            let left = self.tracees.iter().filter(|(tid, tracee)| number(**tid) == tracee.process);
            complain(&format!(
                "lesson-timeline: the command has ended, but processes that it left behind are \
                 still followed: {} (Ctrl-C ends them)\n",
                left.count()
            ));
        }
    }

    /// In a wait, the end of the call is recorded too.
    fn mode(&self, pid: Pid) -> Resume {
        let waits = self.tracees.get(&pid).is_some_and(|tracee| tracee.wait.is_some());
        if waits { Resume::ToSyscall } else { Resume::Run }
    }

    fn process(&self, pid: Pid) -> u32 {
        self.tracees.get(&pid).map_or(number(pid), |tracee| tracee.process)
    }
}

/// What is known of one traced thread, and how its wait continues after a signal.
struct Tracee {
    /// The PID of its process.
    process: u32,
    /// The wait it is in.
    wait: Option<WaitCall>,
    /// The call it is in while a signal's handler interrupts that wait.
    handlers_call: Option<u64>,
    /// Whether its process is stopped, as by Ctrl-Z.
    stopped: bool,
}

impl Tracee {
    fn new(process: u32) -> Self {
        Tracee { process, wait: None, handlers_call: None, stopped: false }
    }

    /// It begins `wait`; returns false if it begins it again after a signal.
    fn begins(&mut self, wait: WaitCall) -> bool {
        self.handlers_call = None;
        self.wait.replace(wait) != Some(wait)
    }

    /// It enters or leaves a system call in the course of a wait. Returns the outcome of the wait
    /// if it is over.
    ///
    /// A handler may run in between, and make calls of its own. The last is `sigreturn`, whose
    /// result is the wait's: EINTR, or whatever the kernel needs to restart the wait.
    fn passes(&mut self, pid: Pid, place: &Place) -> Option<Outcome> {
        let wait = self.wait?;
        let outcome = match (place, self.handlers_call.take()) {
            (Place::Entry(call), _) => {
                self.handlers_call = (!is_wait(*call)).then_some(*call);
                return None;
            }
            (Place::Exit(result), None) => wait.outcome(pid, *result),
            (Place::Exit(result), Some(call)) if is_interrupted(call, *result) => {
                Outcome::Over(WaitOver::Interrupted)
            }
            _ => return None,
        };
        if outcome != Outcome::Restarts {
            self.wait = None;
        }
        Some(outcome)
    }
}

fn is_interrupted(call: u64, result: i64) -> bool {
    call == libc::SYS_rt_sigreturn as u64 && result == -i64::from(libc::EINTR)
}
