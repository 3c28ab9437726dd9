//! What the board holds as a recording of the library `timeline`, and the drawing of it.
//!
//! It shows what comes through the hooks: processes that fork made, and how they ended and were
//! reaped. A process that std's `Command` starts is not in it.

use std::collections::BTreeMap;
use std::panic;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use timeline::terminal::{self, Style};
use timeline::{Event, How, Kind, Run, Source, WaitOver, json};

use crate::board::Board;
use crate::events;

/// The recording of a case that is over, as [`json::write`] makes it; empty if no process was
/// forked. What lived at `until` is cut there: from then on, the grader stopped it.
pub(crate) fn of(board: &Board, events: &[events::Event], until: Duration) -> String {
    let mut events = events.to_vec();
    events.sort_by_key(|event| event.at); // who took a slot first may have written later
    let last = events.last().map_or(until, |event| event.at);
    let until = if board.is_over_full() { until.min(last) } else { until };
    let mut recorder = Recorder { keeper: board.keeper.load(Relaxed), ..Recorder::default() };
    for event in events.iter().filter(|event| event.at <= until) {
        recorder.take(event);
    }
    recorder.cut(until);
    let mut lines = Vec::new();
    let written = recorder.forked && json::write(&recorder.events, &mut lines).is_ok();
    if written { String::from_utf8(lines).unwrap_or_default() } else { String::new() }
}

/// A picture of a recording, at most `width` columns wide. `None` if there is nothing to draw:
/// a verdict must not suffer from its picture.
pub(crate) fn draw(recording: &str, width: usize, colour: bool) -> Option<String> {
    let drawn = panic::catch_unwind(|| {
        let run = Run::new(json::read(recording.as_bytes()).ok()?).ok()?;
        Some(terminal::draw(&run, &Style { width, colour, ascii: false }))
    });
    drawn.ok().flatten()
}

/// Makes events of a case into events of a recording, in the order of time.
#[derive(Default)]
struct Recorder {
    events: Vec<Event>,
    forked: bool,
    case: i32,
    keeper: i32,
    /// Those that have not been reaped. Others are strangers, and not told of.
    family: BTreeMap<i32, Member>,
}

struct Member {
    parent: i32,
    ended: bool,
}

impl Recorder {
    fn take(&mut self, event: &events::Event) {
        let &events::Event { kind, at, pid, other, value } = event;
        match kind {
            events::Kind::Begin => {
                self.case = pid;
                self.family.insert(pid, Member { parent: self.keeper, ended: false });
                self.push(at, pid, Kind::Start { name: "parent".into(), source: Source::Log });
            }
            events::Kind::Fork | events::Kind::Forked => self.born(at, pid, other),
            events::Kind::Wait if self.family.contains_key(&pid) => {
                let child = (other > 0).then_some(other.cast_unsigned());
                self.push(at, pid, Kind::Wait { child, nohang: false });
            }
            events::Kind::WaitOver if self.family.contains_key(&pid) => {
                self.push(at, pid, Kind::WaitOver { why: why(value) });
            }
            events::Kind::Exit => self.ended(at, pid, Kind::Exit { code: value as u8 }),
            events::Kind::CameBack => self.ended(at, pid, Kind::Exit { code: 0 }),
            events::Kind::Panicked => self.ended(at, pid, Kind::Exit { code: 101 }),
            events::Kind::LeftZombie => self.ended(at, pid, how(pid, value)),
            events::Kind::Reaped => self.reaped(at, pid, other, value),
            _ => {}
        }
    }

    /// Both parent and child tell of it, and either may be the first.
    fn born(&mut self, at: Duration, pid: i32, parent: i32) {
        if self.family.contains_key(&pid) || !self.family.contains_key(&parent) {
            return;
        }
        self.forked = true;
        self.family.insert(pid, Member { parent, ended: false });
        self.push(at, parent, Kind::Fork { child: pid.cast_unsigned(), how: How::Fork });
    }

    fn ended(&mut self, at: Duration, pid: i32, how: Kind) {
        let Some(member) = self.family.get_mut(&pid).filter(|member| !member.ended) else { return };
        member.ended = true;
        self.push(at, pid, how);
        self.adopt_children_of(at, pid);
    }

    /// A zombie of the case is not: it was not waited for when the function returned, and what
    /// the grader does with it later is not the learner's business.
    fn adopt_children_of(&mut self, at: Duration, parent: i32) {
        let by = self.keeper.cast_unsigned();
        let (case, events) = (self.case, &mut self.events);
        for (&pid, member) in self.family.iter_mut().filter(|(_, child)| child.parent == parent) {
            if parent == case && member.ended {
                continue;
            }
            member.parent = self.keeper;
            let name = "the grader".to_owned();
            events.push(Event::new(micros(at), pid.cast_unsigned(), Kind::Adopted { by, name }));
        }
    }

    /// By its parent, or by the keeper, which is not part of the picture.
    fn reaped(&mut self, at: Duration, pid: i32, by: i32, status: i32) {
        self.ended(at, pid, how(pid, status));
        if self.family.contains_key(&by) && self.family.remove(&pid).is_some() {
            self.push(at, by, Kind::Reap { child: pid.cast_unsigned() });
        }
    }

    fn cut(&mut self, until: Duration) {
        let alive = self.family.iter().filter(|(_, member)| !member.ended);
        for pid in alive.map(|(&pid, _)| pid).collect::<Vec<i32>>() {
            self.push(until, pid, Kind::Cut);
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

/// Why a wait reaped nobody, by its error.
fn why(error: i32) -> WaitOver {
    match Errno::from_raw(error) {
        _ if error == 0 => WaitOver::Changed,
        Errno::ECHILD => WaitOver::NoChild,
        Errno::EINTR => WaitOver::Interrupted,
        _ => WaitOver::Failed,
    }
}
