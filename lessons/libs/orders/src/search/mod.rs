//! The search: which runs to make, and what they add up to.

#[cfg(test)]
mod model;
mod races;
mod tree;
mod workers;

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::faults::Faults;
use crate::job::{Fatal, Job, Made, Plan};
use crate::order::Order;
use crate::outcome::Outcome;
use crate::program::{Command, Place, Program, Subject};
use crate::report::{Caveat, Found, Report};
use crate::step::{How, Step};
use tree::Tree;
use workers::Workers;

/// A search that is about to begin.
pub struct Search<'a> {
    subject: Subject<'a>,
    most_runs: usize,
    most_time: Duration,
    most_steps: usize,
    full: bool,
    random: Option<u64>,
    workers: usize,
    first: Option<Order>,
}

impl<'a> Search<'a> {
    /// Searches the orders of a command: a program and its arguments.
    ///
    /// # Errors
    ///
    /// [`Error::NotRun`] if there is no such program.
    pub fn command(words: Vec<OsString>, place: Place) -> Result<Self, Error> {
        let search = Search::new(Program::Command(Command::find(words, place)?));
        Ok(if place == Place::Here { search.workers(1) } else { search })
    }

    /// Searches the orders of a function, which runs in a forked child for each order. What it
    /// returns is the exit status of that child; a panic is status 101.
    pub fn function(function: impl Fn() -> i32 + 'a) -> Self {
        Search::new(Program::Function { function: Box::new(function), own_folder: false })
    }

    fn new(program: Program<'a>) -> Self {
        Search {
            subject: Subject { program, faults: Faults::none(), blind_to: None },
            most_runs: 10_000,
            most_time: Duration::from_secs(60),
            most_steps: 2_000,
            full: false,
            random: None,
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            first: None,
        }
    }

    /// Runs a function in an empty folder, which is its current one; files that it makes there
    /// are removed after each run. A command has a folder of its own already.
    #[must_use]
    pub fn in_own_folder(mut self) -> Self {
        if let Program::Function { own_folder, .. } = &mut self.subject.program {
            *own_folder = true;
        }
        self
    }

    /// Plants faults, as further ways in which steps can end.
    #[must_use]
    pub fn faults(mut self, faults: Faults) -> Self {
        self.subject.faults = faults;
        self
    }

    /// Stops after this many runs (10,000 unless set).
    #[must_use]
    pub fn most_runs(mut self, runs: usize) -> Self {
        self.most_runs = runs;
        self
    }

    /// Stops after this time (a minute unless set).
    #[must_use]
    pub fn most_time(mut self, time: Duration) -> Self {
        self.most_time = time;
        self
    }

    /// Cuts a run off after this many steps (2,000 unless set).
    #[must_use]
    pub fn most_steps(mut self, steps: usize) -> Self {
        self.most_steps = steps;
        self
    }

    /// Tries every order, also those that differ from others in independent steps only.
    #[must_use]
    pub fn without_reduction(mut self) -> Self {
        self.full = true;
        self
    }

    /// Tries orders by random priorities until a limit is reached, and proves nothing.
    #[must_use]
    pub fn random(mut self, seed: u64) -> Self {
        self.random = Some(seed);
        self
    }

    /// Leaves one object out of the table of dependence, such as `Data`, so that outcomes may be
    /// missed: for tests that have to notice that.
    #[doc(hidden)]
    #[must_use]
    pub fn blind_to(mut self, object: &'static str) -> Self {
        self.subject.blind_to = Some(object);
        self
    }

    /// Uses this many worker processes (one for each processor unless set).
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Tries this order first: one that failed before.
    #[must_use]
    pub fn first(mut self, order: Order) -> Self {
        self.first = Some(order);
        self
    }

    /// Makes the search. `each` is called for each run, and can stop the search.
    ///
    /// # Errors
    ///
    /// See [`Error`]. When this returns, nothing of the program is left.
    pub fn run(
        &self,
        mut each: impl FnMut(&Report, &Outcome) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        self.run_with_steps(|report, outcome, _| each(report, outcome))
    }

    /// The same, and `each` also gets the steps of each run.
    ///
    /// # Errors
    ///
    /// As for [`Search::run`].
    pub fn run_with_steps(
        &self,
        mut each: impl FnMut(&Report, &Outcome, &[Step]) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        let workers = Workers::start(&self.subject, self.workers)?;
        let tree = Tree::new(self.full);
        let doing = (0..self.workers).map(|_| None).collect();
        let mut progress = Progress {
            search: self,
            workers,
            tree,
            report: Report::default(),
            start: Instant::now(),
            doing,
            asked: 0,
            steps: 0,
            fatal: Vec::new(),
            stale: Vec::new(),
        };
        progress.go(&mut each)?;
        progress.report.time = progress.start.elapsed();
        Ok(progress.report)
    }

    /// Runs the program once, in the given order as far as that goes.
    ///
    /// # Errors
    ///
    /// [`Error::Diverged`] if the order asks for a step that cannot be taken; otherwise as for
    /// [`Search::run`].
    pub fn replay(&self, order: &Order) -> Result<Replay, Error> {
        let mut workers = Workers::start(&self.subject, 1)?;
        let made = make(&mut workers, &self.replay_job(order))?;
        let outcome = made.outcome.ok_or_else(|| Error::Worker("no outcome".to_owned()))?;
        Ok(Replay { steps: steps_of(made.states), outcome })
    }

    fn replay_job(&self, order: &Order) -> Job {
        let prefix = order.0.iter().map(|choice| (choice.clone(), None)).collect();
        let (plan, most_steps) = (Plan::Replay, self.most_steps);
        Job { prefix, sleep: Vec::new(), plan, most_steps, fatal: Vec::new() }
    }
}

/// One run in a given order.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The steps that were taken.
    pub steps: Vec<Step>,
    /// How it ended.
    pub outcome: Outcome,
}

fn make(workers: &mut Workers, job: &Job) -> Result<Made, Error> {
    workers.give(0, job)?;
    workers.answer().map(|(_, made)| made)
}

fn steps_of(states: Vec<crate::job::State>) -> Vec<Step> {
    let step = |mut state: crate::job::State| {
        state.chosen.map(|chosen| state.offers.swap_remove(chosen).step)
    };
    states.into_iter().filter_map(step).collect()
}

/// A search in progress.
struct Progress<'s, 'a> {
    search: &'s Search<'a>,
    workers: Workers,
    tree: Tree,
    report: Report,
    start: Instant,
    /// For each worker, the node and the offer that it tries.
    doing: Vec<Option<(usize, usize)>>,
    /// How many runs have been asked for.
    asked: usize,
    /// How many steps the longest run had.
    steps: usize,
    fatal: Vec<Fatal>,
    /// The workers that still make a run of before the last beginning.
    stale: Vec<usize>,
}

/// Adds a run to the tree, behind the offer `from`, and what is to be tried because of it. Returns all
/// steps of the run.
fn learn(tree: &mut Tree, from: Option<(usize, usize)>, made: &Made) -> Vec<Step> {
    let last = tree.grow(from, made);
    let mut steps: Vec<Step> = tree.steps(last).into_iter().map(|(_, step)| step.clone()).collect();
    if made.states.is_empty() {
        // The run was cut off at the step that was to be tried.
        if let Some((node, _)) = from {
            tree.nothing_below(node);
        }
        return steps;
    }
    find_races(tree, last, made.states.len());
    let last_state = made.states.last().and_then(|state| state.chosen.map(|at| (state, at)));
    steps.extend(last_state.map(|(state, at)| state.offers[at].step.clone()));
    let cut_off = last_state.is_some();
    if cut_off {
        tree.nothing_below(last);
    } else {
        tree.close(last);
    }
    steps
}

/// Finds the races at the `new` last nodes up to node `last`.
fn find_races(tree: &mut Tree, last: usize, new: usize) {
    if tree.is_full() {
        return;
    }
    let mut nodes = vec![last];
    while nodes.len() < new
        && let Some((before, ..)) = tree.node(nodes[nodes.len() - 1]).before
    {
        nodes.push(before);
    }
    for id in nodes.into_iter().rev() {
        races::find(tree, id);
    }
}

type Each<'e> = &'e mut dyn FnMut(&Report, &Outcome, &[Step]) -> ControlFlow<()>;

impl Progress<'_, '_> {
    fn go(&mut self, each: Each) -> Result<(), Error> {
        if let Some(order) = &self.search.first {
            let made = make(&mut self.workers, &self.search.replay_job(order));
            if let Ok(made) = made
                && self.tell(&made.outcome, &steps_of(made.states), each).is_break()
            {
                return Ok(());
            }
        }
        self.give_first()?;
        while self.workers.any_busy() {
            let (worker, made) = self.workers.answer()?;
            if let Some(at) = self.stale.iter().position(|stale| *stale == worker) {
                self.stale.swap_remove(at);
            } else if self.begin_anew(worker, &made)? {
                continue;
            } else if self.take_in(worker, made, each).is_break() {
                return Ok(());
            }
            self.give_out()?;
        }
        let cut_off = self.report.caveats.contains(&Caveat::CutOff);
        self.report.exhausted = self.search.random.is_none() && !self.is_at_limit() && !cut_off;
        Ok(())
    }

    /// Begins anew, and says so, if a run has met a step that ends a process without having said that it
    /// touches that end. Which orders are worth trying was decided without that knowledge.
    fn begin_anew(&mut self, worker: usize, made: &Made) -> Result<bool, Error> {
        if made.fatal.is_empty() || self.search.random.is_some() {
            return Ok(false);
        }
        self.fatal.extend(made.fatal.iter().cloned());
        self.doing[worker] = None;
        let busy = (0..self.search.workers).filter(|worker| self.doing[*worker].take().is_some());
        self.stale.extend(busy);
        self.tree = Tree::new(self.search.full);
        self.report = Report::default();
        self.give_first()?;
        Ok(true)
    }

    fn is_at_limit(&self) -> bool {
        let more = self.search.random.is_some() || self.tree.has_pending();
        more && (self.asked >= self.search.most_runs
            || self.start.elapsed() >= self.search.most_time)
    }

    /// The first run has nothing to go by.
    fn give_first(&mut self) -> Result<(), Error> {
        let (plan, most_steps) = (Plan::Explore, self.search.most_steps);
        let (prefix, sleep) = (Vec::new(), Vec::new());
        let worker = self.workers.idle().expect("BUG: a worker that has answered is idle");
        self.give(worker, Job { prefix, sleep, plan, most_steps, fatal: Vec::new() })
    }

    fn give(&mut self, worker: usize, job: Job) -> Result<(), Error> {
        self.asked += 1;
        self.workers.give(worker, &Job { fatal: self.fatal.clone(), ..job })
    }

    /// Gives every idle worker a run to make, if there is one and no limit is reached.
    fn give_out(&mut self) -> Result<(), Error> {
        while let Some(worker) = self.workers.idle() {
            let limit = self.asked >= self.search.most_runs
                || self.start.elapsed() >= self.search.most_time;
            if limit {
                return Ok(());
            }
            let job = match self.search.random {
                Some(seed) => self.random_job(seed),
                None => match self.tree.next(self.search.most_steps) {
                    Some((node, offer, job)) => {
                        self.doing[worker] = Some((node, offer));
                        job
                    }
                    None => return Ok(()),
                },
            };
            self.give(worker, job)?;
        }
        Ok(())
    }

    fn random_job(&self, seed: u64) -> Job {
        let seed = seed.wrapping_add(self.asked as u64);
        let plan = Plan::Random { seed, steps: self.steps };
        let most_steps = self.search.most_steps;
        Job { prefix: Vec::new(), sleep: Vec::new(), plan, most_steps, fatal: Vec::new() }
    }

    fn take_in(&mut self, worker: usize, made: Made, each: Each) -> ControlFlow<()> {
        self.report.runs += 1;
        self.report.caveats.extend(&made.caveats);
        let mut offers = made.states.iter().flat_map(|state| &state.offers);
        self.report.handlers |= offers.any(|offer| offer.step.choice.how == How::Handler);
        self.steps = self.steps.max(made.states.len());
        if self.search.random.is_some() {
            return self.tell(&made.outcome, &steps_of(made.states), each);
        }
        let from = self.doing[worker].take();
        let steps = learn(&mut self.tree, from, &made);
        self.tell(&made.outcome, &steps, each)
    }

    /// Counts an outcome, and keeps the order that changes least between processes.
    fn tell(&mut self, outcome: &Option<Outcome>, steps: &[Step], each: Each) -> ControlFlow<()> {
        let Some(outcome) = outcome else {
            self.report.redundant += 1;
            return ControlFlow::Continue(());
        };
        if outcome.cut_off {
            self.report.caveats.insert(Caveat::CutOff);
        }
        let order = Order(steps.iter().map(|step| step.choice.clone()).collect());
        let found = self.report.outcomes.entry(outcome.clone());
        let found = found.or_insert_with(|| Found {
            orders: 0,
            steps: steps.to_owned(),
            order: order.clone(),
        });
        found.orders += 1;
        let cost = |order: &Order| (order.switches(), order.0.len());
        if cost(&order) < cost(&found.order) {
            (found.order, found.steps) = (order, steps.to_owned());
        }
        each(&self.report, outcome, steps)
    }
}
