//! What the shared log holds, as a recording of the library `timeline`.
//!
//! It shows what comes through the hooks: processes that fork made, and how they ended and were
//! reaped. A process that std's `Command` starts is not in it.

use std::collections::BTreeMap;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use timeline::{Event, How, Kind, Source, WaitOver, json};

use crate::shared::events;
use crate::shared::log::SharedLog;
use crate::shared::process_tree::ProcessTree;
use crate::shared::seen::Seen;

/// The recording of a case that is over, as [`json::write`] makes it; empty if no process was
/// forked.
pub(crate) fn of(log: &SharedLog, events: &[events::Event], seen: &Seen) -> String {
    let last = events.iter().map(|event| event.at).max().unwrap_or_default();
    let until = if log.is_over_full() { seen.until.min(last) } else { seen.until };
    let look = seen.last_look().filter(|_| !log.is_over_full());
    let recorder = Recorder::of(log.init().as_raw(), events, until, look);
    let mut lines = Vec::new();
    let written = recorder.forked && json::write(&recorder.events, &mut lines).is_ok();
    if written { String::from_utf8(lines).unwrap_or_default() } else { String::new() }
}

/// Makes events of a case into events of a recording, in the order of time.
#[derive(Default)]
struct Recorder {
    events: Vec<Event>,
    forked: bool,
    test_process: i32,
    init: i32,
    /// Those that have not been reaped. Others are strangers, and not told of.
    family: BTreeMap<i32, Member>,
}

struct Member {
    parent: i32,
    ended: Option<Duration>,
    /// A process has asked the kernel for its status.
    reported: bool,
}

impl Member {
    fn child_of(parent: i32) -> Member {
        Member { parent, ended: None, reported: false }
    }
}

impl Recorder {
    /// Time begins with the case. What lives at `until` is cut there: from then on, the grader
    /// stopped it.
    fn of(
        init: i32,
        events: &[events::Event],
        until: Duration,
        look: Option<&ProcessTree>,
    ) -> Recorder {
        let mut events = events.to_vec();
        events.sort_by_key(|event| event.at); // slots are taken before they are written
        let begin = events.iter().find(|event| event.kind == events::Kind::Begin {});
        let begin = begin.map_or(Duration::ZERO, |event| event.at);
        let mut recorder = Recorder { init, ..Recorder::default() };
        for event in events.iter().filter(|event| event.at <= until) {
            recorder.take(&events::Event { at: event.at.saturating_sub(begin), ..*event });
        }
        recorder.close(until.saturating_sub(begin), look);
        recorder
    }

    fn take(&mut self, event: &events::Event) {
        let &events::Event { kind, at, pid } = event;
        let is_family = self.family.contains_key(&pid);
        match kind {
            events::Kind::Begin {} => {
                self.test_process = pid;
                self.family.insert(pid, Member::child_of(self.init));
                self.push(at, pid, Kind::Start { name: "parent".into(), source: Source::Log });
            }
            events::Kind::Fork { parent } | events::Kind::Forked { parent } => {
                self.born(at, pid, parent);
            }
            events::Kind::Wait { child } if is_family => {
                let child = (child > 0).then_some(child.cast_unsigned());
                self.push(at, pid, Kind::Wait { child, nohang: false });
            }
            events::Kind::WaitOver { error } if is_family => {
                self.push(at, pid, Kind::WaitOver { why: why(error) });
            }
            events::Kind::Exit { status } => self.ended(at, pid, Kind::Exit { code: status as u8 }),
            events::Kind::ChildReturned {} => self.ended(at, pid, Kind::Exit { code: 0 }),
            events::Kind::Panicked {} => self.ended(at, pid, Kind::Exit { code: 101 }),
            events::Kind::LeftZombie { status } => self.reported(at, pid, status),
            events::Kind::Reaped { by, status } => self.reaped(at, pid, by, status),
            _ => {}
        }
    }

    /// Both parent and child tell of it, and either may be the first.
    fn born(&mut self, at: Duration, pid: i32, parent: i32) {
        if self.family.contains_key(&pid) || !self.family.contains_key(&parent) {
            return;
        }
        self.forked = true;
        self.family.insert(pid, Member::child_of(parent));
        self.push(at, parent, Kind::Fork { child: pid.cast_unsigned(), how: How::Fork });
    }

    fn ended(&mut self, at: Duration, pid: i32, how: Kind) {
        let Some(member) = self.family.get_mut(&pid).filter(|m| m.ended.is_none()) else { return };
        member.ended = Some(at);
        self.push(at, pid, how);
        self.adopt_children_of(at, pid);
    }

    /// A zombie of the test process is not: it was not waited for when the function returned, and what
    /// the grader does with it later does not concern the learner.
    fn adopt_children_of(&mut self, at: Duration, parent: i32) {
        let by = self.init.cast_unsigned();
        let (test_process, events) = (self.test_process, &mut self.events);
        for (&pid, member) in self.family.iter_mut().filter(|(_, child)| child.parent == parent) {
            if parent == test_process && member.ended.is_some() {
                continue;
            }
            member.parent = self.init;
            let name = "the grader".to_owned();
            events.push(Event::new(micros(at), pid.cast_unsigned(), Kind::Adopted { by, name }));
        }
    }

    fn reported(&mut self, at: Duration, pid: i32, status: i32) {
        self.ended(at, pid, how(pid, status));
        if let Some(member) = self.family.get_mut(&pid) {
            member.reported = true;
        }
    }

    /// By its parent, or by the init, which is not part of the picture.
    fn reaped(&mut self, at: Duration, pid: i32, by: i32, status: i32) {
        self.reported(at, pid, status);
        if self.family.contains_key(&by) && self.family.remove(&pid).is_some() {
            self.push(at, by, Kind::Reap { child: pid.cast_unsigned() });
        }
    }

    /// At the end, `look` tells what was not recorded: which processes a signal ended, and which
    /// ended and are gone, though no process reaped them, because their parent ignores SIGCHLD.
    fn close(&mut self, until: Duration, look: Option<&ProcessTree>) {
        for (&pid, member) in &self.family {
            let is_zombie = look.and_then(|look| look.zombies.get(&pid));
            let (at, kind) = match (member.ended, is_zombie) {
                (None, Some(true)) => {
                    (until, Kind::Killed { signal: "a signal".to_owned(), core: false })
                }
                (None, _) => (until, Kind::Cut),
                (Some(at), None) if look.is_some() && !member.reported => (at, Kind::Discarded),
                (Some(_), _) => continue,
            };
            self.events.push(Event::new(micros(at), pid.cast_unsigned(), kind));
        }
    }

    fn push(&mut self, at: Duration, pid: i32, kind: Kind) {
        self.events.push(Event::new(micros(at), pid.cast_unsigned(), kind));
    }
}

fn micros(at: Duration) -> u64 {
    at.as_micros() as u64
}

/// How a process ended, by its raw status.
fn how(pid: i32, status: i32) -> Kind {
    match WaitStatus::from_raw(Pid::from_raw(pid), status) {
        Ok(WaitStatus::Exited(_, code)) => Kind::Exit { code: code as u8 },
        Ok(WaitStatus::Signaled(_, signal, core)) => {
            Kind::Killed { signal: signal.as_str().to_owned(), core }
        }
        _ => Kind::Vanished,
    }
}

/// Why a wait reaped no process, by its error.
fn why(error: i32) -> WaitOver {
    match Errno::from_raw(error) {
        _ if error == 0 => WaitOver::Changed,
        Errno::ECHILD => WaitOver::NoChild,
        Errno::EINTR => WaitOver::Interrupted,
        _ => WaitOver::Failed,
    }
}

#[cfg(test)]
mod tests {
    use timeline::Run;

    use super::*;
    use crate::shared::events::Kind::*;

    const PARENT: i32 = 2;
    const INIT: i32 = 1;

    /// Of events `(pid, kind)`, one a millisecond from the beginning of the test process on.
    fn run(events: &[(i32, events::Kind)], look: Option<&ProcessTree>) -> Run {
        let begin = [(PARENT, Begin {})];
        let events = begin.iter().chain(events).zip(0..);
        let events: Vec<events::Event> = events
            .map(|(&(pid, kind), at)| events::Event {
                kind,
                at: Duration::from_millis(500 + at),
                pid,
            })
            .collect();
        let recorder = Recorder::of(INIT, &events, Duration::from_millis(700), look);
        Run::new(recorder.events).unwrap()
    }

    #[test]
    fn either_may_record_a_fork_first_and_a_pid_may_be_used_again() {
        let run = run(
            &[
                (3, Fork { parent: PARENT }),
                (3, Exit { status: 7 }),
                (3, Forked { parent: PARENT }),
                (3, Reaped { by: PARENT, status: 7 << 8 }),
                (3, Forked { parent: PARENT }),
                (3, Fork { parent: PARENT }),
                (3, Reaped { by: PARENT, status: libc::SIGKILL }),
            ],
            None,
        );
        let ends = run.processes.iter().map(|process| process.end.clone().map(|(at, _)| at));
        assert_eq!(ends.collect::<Vec<_>>(), [None, Some(2_000), Some(7_000)]);
        assert_eq!(run.processes[1].end, Some((2_000, timeline::End::Exit(7))));
        assert_eq!(run.zombie(1), Some(timeline::Span { from: 2_000, to: 4_000 }));
    }

    #[test]
    fn a_wait_that_fails_is_over() {
        let run = run(
            &[
                (3, Fork { parent: PARENT }),
                (PARENT, Wait { child: -1 }),
                (PARENT, events::Kind::WaitOver { error: 10 }),
            ],
            None,
        );
        assert_eq!(run.processes[0].waits, [timeline::Span { from: 2_000, to: 3_000 }]);
    }

    #[test]
    fn strangers_are_left_out() {
        let run = run(
            &[
                (9, Fork { parent: 8 }),
                (9, Wait { child: -1 }),
                (7, Reaped { by: PARENT, status: 0 }),
            ],
            None,
        );
        assert_eq!(run.processes.len(), 1);
    }

    #[test]
    fn an_orphan_is_adopted_and_a_zombie_of_the_test_process_is_not() {
        let run = run(
            &[
                (3, Fork { parent: PARENT }),
                (4, Fork { parent: PARENT }),
                (3, Exit { status: 0 }),
                (3, LeftZombie { status: 0 }),
                (PARENT, Reaped { by: INIT, status: 0 }),
            ],
            None,
        );
        assert_eq!(run.processes[1].adopted, None);
        assert_eq!(run.processes[2].adopted, Some((5_000, 1, "the grader".into())));
        assert_eq!(run.processes[2].end, None);
    }

    #[test]
    fn the_last_look_tells_which_were_killed_and_which_are_gone() {
        let mut look = ProcessTree::default();
        look.zombies.extend([(PARENT, false), (4, true)]);
        let forks =
            [(3, Fork { parent: PARENT }), (4, Fork { parent: PARENT }), (3, Exit { status: 0 })];
        let seen = run(&forks, Some(&look));
        assert!(seen.processes[1].discarded && seen.zombie(1).is_none());
        assert!(matches!(seen.processes[2].end, Some((200_000, timeline::End::Killed(..)))));
        assert!(seen.zombie(2).is_some());
        let unseen = run(&forks, None);
        assert!(unseen.zombie(1).is_some() && unseen.processes[2].end.is_none());
    }
}
