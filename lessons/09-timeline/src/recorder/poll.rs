//! Where ptrace is not available: polling `/proc` (`man 5 proc`).
//!
//! Processes that begin and end between two polls are missed, and so are waits and signals.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lesson_cli::Failure;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use procinfo::Stat;
use timeline::{Event, How, Kind, Source};

use super::process::{self, number, pid_of};
use super::{Command, Interrupts, Recording, stop};

/// The time between two polls.
const PAUSE: Duration = Duration::from_millis(1);

/// A process as it was at the last poll.
struct Known {
    parent: u32,
    args: Vec<String>,
    ended: bool,
}

struct Poll {
    start: Instant,
    events: Vec<Event>,
    known: BTreeMap<u32, Known>,
    root: u32,
    exit_code: Option<u8>,
}

/// Watches the command, which is already running, until no process of it is left.
pub(super) fn follow(command: &Command, interrupts: &Interrupts) -> Result<Recording, Failure> {
    let root = number(command.pid);
    let mut poll = Poll {
        start: Instant::now(),
        events: Vec::new(),
        known: BTreeMap::new(),
        root,
        exit_code: None,
    };
    poll.note(root, Kind::Start { name: command.name.clone(), source: Source::Poll });
    poll.known.insert(root, Known { parent: 0, args: Vec::new(), ended: false });
    while !poll.known.is_empty() {
        poll.look();
        poll.ask_for_root()?;
        poll.end_if_asked(interrupts);
        pause();
    }
    Ok(Recording::new(poll.events, poll.exit_code.unwrap_or(u8::MAX)))
}

impl Poll {
    fn note(&mut self, pid: u32, kind: Kind) {
        let us = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.events.push(Event::new(us, pid, kind));
    }

    fn look(&mut self) {
        let seen: BTreeMap<u32, Stat> = process::all().collect();
        // Parents may have higher PIDs than their children, so repeat until no more are found.
        let mut before = 0;
        while before != self.known.len() {
            before = self.known.len();
            for (pid, stat) in &seen {
                if !self.known.contains_key(pid) && self.known.contains_key(&number(stat.parent)) {
                    self.found(*pid, number(stat.parent));
                }
            }
        }
        for pid in self.known.keys().copied().collect::<Vec<_>>() {
            match seen.get(&pid) {
                Some(stat) => self.seen_again(pid, stat),
                None => self.missing(pid),
            }
        }
    }

    fn found(&mut self, pid: u32, parent: u32) {
        let args = self.known.get(&parent).map(|parent| parent.args.clone()).unwrap_or_default();
        self.known.insert(pid, Known { parent, args, ended: false });
        self.note(parent, Kind::Fork { child: pid, how: How::Unknown });
    }

    fn seen_again(&mut self, pid: u32, stat: &Stat) {
        let Some(known) = self.known.get_mut(&pid).filter(|known| !known.ended) else { return };
        let by = number(stat.parent);
        let before = std::mem::replace(&mut known.parent, by);
        if before != by && pid != self.root {
            self.note(pid, Kind::Adopted { by, name: process::name(by) });
        }
        if stat.state.has_ended() {
            self.zombie(pid, stat.wait_status);
            return;
        }
        let args = process::arguments(pid);
        if let Some(known) = self.known.get_mut(&pid)
            && known.args != args
            && args.iter().any(|word| !word.is_empty())
        {
            known.args.clone_from(&args);
            self.note(pid, Kind::Exec { args });
        }
    }

    /// The recorder waits for the root, and so learns of its end.
    fn zombie(&mut self, pid: u32, status: i32) {
        if pid != self.root
            && let Some(known) = self.known.get_mut(&pid)
        {
            known.ended = true;
            let status = WaitStatus::from_raw(pid_of(pid), status).ok();
            self.note(pid, status.and_then(end).map_or(Kind::Vanished, |end| end.0));
        }
    }

    fn missing(&mut self, pid: u32) {
        if pid == self.root {
            return;
        }
        let Some(known) = self.known.remove(&pid) else { return };
        if !known.ended {
            self.note(pid, Kind::Vanished);
        } else if self.known.contains_key(&known.parent) {
            self.note(known.parent, Kind::Reap { child: pid });
        }
    }

    fn ask_for_root(&mut self) -> Result<(), Failure> {
        if self.exit_code.is_some() {
            return Ok(());
        }
        let root = pid_of(self.root);
        let status = waitpid(root, Some(WaitPidFlag::WNOHANG))
            .map_err(|errno| Failure::system("waiting for the command", errno))?;
        if let Some((kind, code)) = end(status) {
            self.note(self.root, kind);
            self.exit_code = Some(code);
            self.known.remove(&self.root);
            self.look_for_orphans();
        }
        Ok(())
    }

    /// The children of the root have a new parent now.
    fn look_for_orphans(&mut self) {
        for (pid, stat) in process::all() {
            if self.known.contains_key(&pid) {
                self.seen_again(pid, &stat);
            }
        }
    }

    /// The first Ctrl-C is the command's; a second, or one after its end, ends what is left.
    fn end_if_asked(&self, interrupts: &Interrupts) {
        if interrupts.count() > usize::from(self.exit_code.is_none()) {
            for pid in self.known.keys() {
                let _ = kill(pid_of(*pid), Signal::SIGKILL);
            }
        }
    }
}

/// How a process ended, and the exit status that a shell would give for it.
fn end(status: WaitStatus) -> Option<(Kind, u8)> {
    match status {
        WaitStatus::Exited(_, code) => {
            let code = u8::try_from(code).unwrap_or(u8::MAX);
            Some((Kind::Exit { code }, code))
        }
        WaitStatus::Signaled(_, signal, core) => {
            let code = 128 + u8::try_from(signal as i32).unwrap_or_default();
            Some((Kind::Killed { signal: stop::name(signal as i32), core }, code))
        }
        _ => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "it looks again in a while, and orders nothing")]
fn pause() {
    std::thread::sleep(PAUSE);
}
