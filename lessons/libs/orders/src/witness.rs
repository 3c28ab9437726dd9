//! An order as a story in words, and as a drawing.

use std::collections::BTreeMap;

use timeline::{Event, How as Made, Kind, Run, Source};

use crate::name::Name;
use crate::outcome::{End, Outcome};
use crate::step::{Effect, Step};

/// Calls that belong to the machinery of nearly every program, and that a story leaves out.
const DULL: [&str; 8] =
    ["sigaction", "sigprocmask", "fstat", "stat", "lseek", "access", "readlink", "setsid"];

/// The steps in words: for each stretch of one process, its name and what it does.
pub fn story(steps: &[Step]) -> Vec<(Name, Vec<String>)> {
    let mut story: Vec<(Name, Vec<String>)> = Vec::new();
    for step in steps.iter().filter(|step| !DULL.contains(&step.call.as_str())) {
        match story.last_mut().filter(|(name, _)| name == step.process()) {
            Some((_, words)) => words.push(step.words.clone()),
            None => story.push((step.process().clone(), vec![step.words.clone()])),
        }
    }
    story
}

/// The lives of the processes in this order, to be drawn. Each step takes a millisecond.
///
/// # Panics
///
/// Never: the events of steps always make a run.
pub fn lives(program: &str, steps: &[Step], outcome: &Outcome) -> Run {
    let mut lives = Lives { events: Vec::new(), pids: BTreeMap::new(), last: BTreeMap::new() };
    let source = Source::Log;
    let first = lives.pid(&Name::first());
    lives.last.insert(Name::first(), 0);
    lives.events.push(Event::new(0, first, Kind::Start { name: program.to_owned(), source }));
    for (index, step) in steps.iter().enumerate() {
        lives.step(MILLISECOND * (index as u64 + 1), step);
    }
    lives.close(MILLISECOND * (steps.len() as u64 + 1), outcome);
    Run::new(lives.events).expect("BUG: each process is forked before it takes a step")
}

const MILLISECOND: u64 = 1_000;

struct Lives {
    events: Vec<Event>,
    /// Numbers that replace PIDs, in the order of their first appearance.
    pids: BTreeMap<Name, u32>,
    /// When each living process took its last step.
    last: BTreeMap<Name, u64>,
}

impl Lives {
    fn pid(&mut self, name: &Name) -> u32 {
        let next = u32::try_from(self.pids.len()).unwrap_or(u32::MAX) + 1;
        *self.pids.entry(name.clone()).or_insert(next)
    }

    fn step(&mut self, us: u64, step: &Step) {
        let process = step.process().clone();
        let pid = self.pid(&process);
        let before = self.last.insert(process.clone(), us).unwrap_or(0);
        let mut add = |us: u64, pid: u32, kind: Kind| self.events.push(Event::new(us, pid, kind));
        match &step.effect {
            Effect::None | Effect::Wait(_) => {}
            Effect::Exec(name) => add(us, pid, Kind::Exec { args: vec![name.clone()] }),
            Effect::Exit(code) => {
                add(us, pid, Kind::Exit { code: *code });
                self.last.remove(&process);
            }
            Effect::Fork(name) => {
                let child = self.pid(name);
                self.last.insert(name.clone(), us);
                self.events.push(Event::new(us, pid, Kind::Fork { child, how: Made::Fork }));
            }
            Effect::Collect(name) => {
                let child = self.pid(name);
                let waits = Kind::Wait { child: None, nohang: false };
                self.events.push(Event::new(before + 1, pid, waits));
                self.events.push(Event::new(us, pid, Kind::Reap { child }));
            }
            Effect::Signal(signal, targets) => self.signal(us, pid, signal, targets),
        }
    }

    fn signal(&mut self, us: u64, from: u32, signal: &str, targets: &[(Name, bool)]) {
        for (name, ends) in targets {
            let pid = self.pid(name);
            let signal = signal.to_owned();
            let kind = if *ends {
                self.last.remove(name);
                Kind::Killed { signal, core: false }
            } else {
                Kind::Signal { signal, from: Some(from) }
            };
            self.events.push(Event::new(us, pid, kind));
        }
    }

    /// What has not ended by a step of its own: by a signal, or not at all.
    fn close(&mut self, us: u64, outcome: &Outcome) {
        for (name, last) in std::mem::take(&mut self.last) {
            let pid = self.pid(&name);
            let stuck = outcome.stuck.iter().find(|stuck| stuck.process == name);
            if let Some(stuck) = stuck {
                if stuck.waits.starts_with("waits for the end of") {
                    let waits = Kind::Wait { child: None, nohang: false };
                    self.events.push(Event::new(last + 1, pid, waits));
                }
                self.events.push(Event::new(us, pid, Kind::Cut));
                continue;
            }
            let killed = match outcome.end {
                Some(End::Killed(_)) if name == Name::first() => true,
                _ => !outcome.cut_off,
            };
            let kind = if killed { Kind::Vanished } else { Kind::Cut };
            self.events.push(Event::new(last + 1, pid, kind));
        }
    }
}
