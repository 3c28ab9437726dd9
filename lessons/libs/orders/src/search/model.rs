//! The reduction, tried on thousands of programs that exist in memory only.
//!
//! A model of processes, with forks, waits, a pipe and signals, makes the same kinds of steps as a
//! real run, and they touch the same objects. All its states can be visited, so that all outcomes
//! are known. The reduced search, with the same tree and the same code that follows an order, has
//! to find them.
//!
//! `ORDERS_MODELS=20000 cargo test --release -p orders model` tries more programs.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::{Tree, learn};
use crate::error::Error;
use crate::job::{Job, Made, Plan};
use crate::name::Name;
use crate::object::{Object, Touch};
use crate::step::{Choice, Effect, How, Offer, Step};
use crate::worker::{Ended, Steps, follow};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Do {
    Print(char),
    Fork(Vec<Do>),
    Wait,
    WaitFirst,
    Send(char),
    Receive,
    Close,
    /// Kills its first child, or the sibling that was forked first.
    Kill,
    /// The same with a signal that can be ignored.
    Term,
    Ignore,
    Exit,
    /// What the step before has learnt is printed.
    Tell(String),
}

/// A dependence that is left out, to see that it is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lost {
    Nothing,
    /// A wait that finds a zombie does not read the ends of younger children.
    YoungerChildren,
    /// Two lines of output can be printed in either order.
    Output,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Process {
    rest: Vec<Do>,
    children: u16,
    ended: bool,
    reaped: bool,
    writes: bool,
    ignores: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Model {
    processes: BTreeMap<Name, Process>,
    output: String,
    pipe: String,
    lost: Lost,
}

const OUTPUT: Object = Object::Data(0);
const BYTES: Object = Object::Data(1);
const WRITERS: Object = Object::Writers(1);

impl Model {
    fn new(program: &[Do], lost: Lost) -> Self {
        let first = Process { rest: program.to_vec(), writes: true, ..Process::default() };
        let processes = [(Name::first(), first)].into();
        Model { processes, output: String::new(), pipe: String::new(), lost }
    }

    /// Its children that have not been reaped, oldest first.
    fn children(&self, parent: &Name) -> Vec<&Name> {
        let all = self.processes.iter();
        let own =
            all.filter(|(name, child)| name.parent().as_ref() == Some(parent) && !child.reaped);
        own.map(|(name, _)| name).collect()
    }

    fn waited_for(&self, name: &Name, next: &Do) -> Vec<&Name> {
        let first = name.child(1);
        let all = self.children(name).into_iter();
        all.filter(|child| *next == Do::Wait || **child == first).collect()
    }

    /// The one that has ended and is taken first.
    fn zombie(&self, name: &Name, next: &Do) -> Option<Name> {
        let mut waited_for = self.waited_for(name, next).into_iter();
        waited_for.find(|child| self.processes[*child].ended).cloned()
    }

    fn target(&self, name: &Name) -> Option<Name> {
        let own = Some(name.child(1)).filter(|child| self.processes.contains_key(child));
        let elder = name.parent().map(|parent| parent.child(1)).filter(|elder| elder < name);
        own.or(elder)
    }

    fn next(&self, name: &Name) -> Do {
        self.processes[name].rest.first().cloned().unwrap_or(Do::Exit)
    }

    fn is_ready(&self, name: &Name, next: &Do) -> bool {
        match next {
            Do::Wait | Do::WaitFirst => {
                self.zombie(name, next).is_some() || self.waited_for(name, next).is_empty()
            }
            Do::Receive => {
                !self.pipe.is_empty() || !self.processes.values().any(|process| process.writes)
            }
            _ => true,
        }
    }

    fn touches(&self, name: &Name, next: &Do) -> Vec<Touch> {
        match next {
            Do::Print(_) | Do::Tell(_) if self.lost == Lost::Output => Vec::new(),
            Do::Print(_) | Do::Tell(_) => vec![OUTPUT.change()],
            Do::Fork(_) => vec![Object::Family.add()],
            Do::Wait | Do::WaitFirst => self.touched_by_wait(name, next),
            Do::Send(_) => vec![BYTES.change()],
            Do::Receive => vec![BYTES.change(), WRITERS.read()],
            Do::Close if self.processes[name].writes => vec![WRITERS.add()],
            Do::Close => Vec::new(),
            Do::Kill | Do::Term => {
                let target = self.target(name);
                target.map_or_else(Vec::new, |target| self.touched_by_signal(&target, next))
            }
            Do::Ignore => vec![Object::Actions(name.clone(), 1).change()],
            Do::Exit => self.touched_by_end(name),
        }
    }

    fn touched_by_wait(&self, name: &Name, next: &Do) -> Vec<Touch> {
        let zombie = self.zombie(name, next);
        let all = self.waited_for(name, next).into_iter();
        let lost = self.lost == Lost::YoungerChildren;
        let read = all.filter(|child| !lost || zombie.as_ref().is_none_or(|taken| *child <= taken));
        let read: Vec<Touch> = read.map(|child| Object::End(child.clone()).read()).collect();
        read.into_iter().chain(zombie.map(|child| Object::End(child).change())).collect()
    }

    fn touched_by_signal(&self, target: &Name, next: &Do) -> Vec<Touch> {
        let mut touches = vec![Object::End(target.clone()).read()];
        if *next == Do::Term {
            touches.push(Object::Actions(target.clone(), 1).read());
        }
        let process = &self.processes[target];
        let acts = *next == Do::Kill || !process.ignores;
        if !process.ended && acts {
            touches.push(Object::Process(target.clone()).change());
        }
        if !process.ended {
            touches.extend(self.touched_by_end(target));
        }
        touches
    }

    fn touched_by_end(&self, name: &Name) -> Vec<Touch> {
        let own = [Object::End(name.clone()).change(), Object::Parent(name.clone()).read()];
        let children = self.children(name).into_iter();
        let orphans = children.map(|child| Object::Parent(child.clone()).change());
        let end = self.processes[name].writes.then(|| WRITERS.add());
        own.into_iter().chain(orphans).chain(end).collect()
    }

    fn offer(&self, name: &Name) -> Offer {
        let next = self.next(name);
        let enabled = self.is_ready(name, &next);
        let children = match next {
            Do::Wait | Do::WaitFirst if !enabled => self.waited_for(name, &next),
            _ => Vec::new(),
        };
        let only = children.first().filter(|_| children.len() == 1);
        let forked = name.child(self.processes[name].children + 1);
        let effect = if matches!(next, Do::Fork(_)) { Effect::Fork(forked) } else { Effect::None };
        let step = Step {
            choice: Choice { process: name.clone(), how: How::Call },
            call: String::new(),
            words: format!("{next:?}"),
            printed: None,
            touches: self.touches(name, &next),
            effect,
        };
        Offer { step, enabled, enabler: only.map(|child| (*child).clone()) }
    }

    fn change(&mut self, name: &Name) -> &mut Process {
        self.processes.get_mut(name).expect("a process of the model")
    }

    fn end(&mut self, name: &Name) {
        let process = self.change(name);
        (process.ended, process.writes) = (true, false);
        process.rest.clear();
    }

    fn signal(&mut self, name: &Name, next: &Do) {
        let Some(target) = self.target(name) else { return };
        if *next == Do::Kill || !self.processes[&target].ignores {
            self.end(&target);
        }
    }

    fn fork(&mut self, name: &Name, program: Vec<Do>) {
        let process = self.change(name);
        process.children += 1;
        let (number, writes, ignores) = (process.children, process.writes, process.ignores);
        let child = Process { rest: program, writes, ignores, ..Process::default() };
        self.processes.insert(name.child(number), child);
    }

    fn make(&mut self, name: &Name, next: Do) {
        match next {
            Do::Print(letter) => self.output.push(letter),
            Do::Tell(text) => self.output.push_str(&text),
            Do::Fork(program) => self.fork(name, program),
            Do::Wait | Do::WaitFirst => {
                let taken = self.zombie(name, &next);
                let text = taken.as_ref().map_or("-".to_owned(), Name::short);
                taken.iter().for_each(|child| self.change(child).reaped = true);
                self.change(name).rest.insert(0, Do::Tell(format!("w{text}")));
            }
            Do::Send(byte) => self.pipe.push(byte),
            Do::Receive => {
                let count = self.pipe.len().min(2);
                let bytes: String = self.pipe.drain(..count).collect();
                self.change(name).rest.insert(0, Do::Tell(format!("r{bytes}")));
            }
            Do::Close => self.change(name).writes = false,
            Do::Kill | Do::Term => self.signal(name, &next),
            Do::Ignore => self.change(name).ignores = true,
            Do::Exit => self.end(name),
        }
    }

    /// What was printed, and which processes can never continue.
    fn outcome(&self) -> (String, Vec<Name>) {
        let stuck = self.processes.iter().filter(|(_, process)| !process.ended);
        (self.output.clone(), stuck.map(|(name, _)| name.clone()).collect())
    }
}

impl Steps for Model {
    fn offers(&mut self) -> Vec<Offer> {
        let alive = self.processes.iter().filter(|(_, process)| !process.ended);
        alive.map(|(name, _)| self.offer(name)).collect()
    }

    fn take(&mut self, step: &Step) -> Result<(), Error> {
        let name = step.process();
        let process = self.change(name);
        let next = if process.rest.is_empty() { Do::Exit } else { process.rest.remove(0) };
        self.make(name, next);
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.processes.values().all(|process| process.ended)
    }
}

type Outcomes = BTreeSet<(String, Vec<Name>)>;

/// All outcomes, by a visit to every state.
fn visited(program: &[Do]) -> Outcomes {
    let mut left = vec![Model::new(program, Lost::Nothing)];
    let (mut seen, mut outcomes) = (BTreeSet::new(), BTreeSet::new());
    while let Some(mut model) = left.pop() {
        if !seen.insert(model.clone()) {
            continue;
        }
        let offers = model.offers();
        let enabled = offers.into_iter().filter(|offer| offer.enabled).collect::<Vec<_>>();
        if enabled.is_empty() {
            outcomes.insert(model.outcome());
        }
        for offer in enabled {
            let mut next = model.clone();
            next.take(&offer.step).expect("the model takes every step");
            left.push(next);
        }
    }
    outcomes
}

/// The outcomes that the reduced search finds; none if it makes too many runs.
fn searched(program: &[Do], lost: Lost) -> Option<Outcomes> {
    let mut tree = Tree::new(false);
    let first =
        Job { prefix: vec![], sleep: vec![], plan: Plan::Explore, most_steps: 100, fatal: vec![] };
    let mut next = Some((None, first));
    let mut outcomes = BTreeSet::new();
    for _run in 0..MOST_RUNS {
        let Some((from, job)) = next else { return Some(outcomes) };
        let (mut model, mut states) = (Model::new(program, lost), Vec::new());
        let ended = follow(&mut model, &job, &mut states).expect("the model repeats its steps");
        if ended != Ended::Pruned {
            outcomes.insert(model.outcome());
        }
        let made = Made { states, outcome: None, caveats: BTreeSet::new(), fatal: vec![] };
        learn(&mut tree, from, &made);
        next = tree.next(100).map(|(node, offer, job)| (Some((node, offer)), job));
    }
    None
}

const MOST_RUNS: usize = 2_000;

/// The program number `seed`: up to four processes, of a few kinds of instruction.
fn generate(seed: u64) -> Vec<Do> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let kinds: &[Do] = match random.random_range(0..5) {
        0 => &[Do::Print('a'), Do::Print('b'), Do::Wait],
        1 => &[Do::Print('a'), Do::Wait, Do::WaitFirst, Do::Kill],
        2 => &[Do::Print('a'), Do::Send('x'), Do::Receive, Do::Close, Do::Wait],
        3 => &[Do::Print('a'), Do::Kill, Do::Term, Do::Ignore, Do::Wait],
        _ => &[
            Do::Print('a'),
            Do::Send('x'),
            Do::Receive,
            Do::Close,
            Do::Kill,
            Do::Term,
            Do::Ignore,
            Do::Wait,
            Do::WaitFirst,
        ],
    };
    let children = random.random_range(1..=3);
    process(&mut random, kinds, children, 3)
}

/// A process that forks this many children, or leaves some of them to its first one.
fn process(random: &mut ChaCha8Rng, kinds: &[Do], children: usize, after: usize) -> Vec<Do> {
    let below = if children > 1 && random.random_bool(0.25) { 1 } else { 0 };
    let mut program = Vec::new();
    for number in 0..children - below {
        program.extend(some(random, kinds, 1));
        let child = process(random, kinds, if number == 0 { below } else { 0 }, 2);
        program.push(Do::Fork(child));
    }
    program.extend(some(random, kinds, after));
    program
}

fn some(random: &mut ChaCha8Rng, kinds: &[Do], most: usize) -> Vec<Do> {
    let count = random.random_range(0..=most);
    (0..count).map(|_| kinds[random.random_range(0..kinds.len())].clone()).collect()
}

/// How many of `seeds` were compared, and the first on which the two searches disagree.
fn compare(seeds: std::ops::Range<u64>, lost: Lost) -> (usize, Option<(u64, Vec<Do>)>) {
    let mut compared = 0;
    for seed in seeds {
        let program = generate(seed);
        let Some(found) = searched(&program, lost) else { continue };
        compared += 1;
        if found != visited(&program) {
            return (compared, Some((seed, program)));
        }
    }
    (compared, None)
}

fn count() -> u64 {
    std::env::var("ORDERS_MODELS").ok().and_then(|count| count.parse().ok()).unwrap_or(600)
}

#[test]
fn the_reduced_search_finds_what_a_visit_to_every_state_finds() {
    let (compared, wrong) = compare(0..count(), Lost::Nothing);
    println!("{compared} programs compared");
    assert_eq!(wrong, None);
    assert!(compared as u64 > count() * 9 / 10, "too many programs are too large");
}

#[test]
fn a_dependence_that_is_left_out_is_noticed() {
    // It takes a program of four processes to show the first.
    for (lost, first) in [(Lost::YoungerChildren, 2_900), (Lost::Output, 0)] {
        let (_, wrong) = compare(first..first + 1_000, lost);
        let (seed, program) = wrong.unwrap_or_else(|| panic!("{lost:?} is not missed"));
        println!("without {lost:?}, program {seed} is wrong: {program:?}");
    }
}
