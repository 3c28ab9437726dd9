//! The tree of orders, as far as it is known and still of interest.
//!
//! A node is a state: the steps that could be taken there, those that are to be tried
//! (*backtrack points*), those that have been, and those that are *asleep*: tried elsewhere, and
//! with the same result as here. A node is forgotten when everything below it has been tried, so
//! the tree holds about as many nodes as one run has steps.

use std::collections::{BTreeMap, BTreeSet};

use crate::dependence::dependent;
use crate::job::{Job, Made, Plan, State};
use crate::name::Name;
use crate::step::{Choice, Effect, Offer, Step};

/// For each process, the number of its last step (counted from 1) that a step comes after.
pub(super) type Clock = BTreeMap<Name, usize>;

pub(super) struct Node {
    /// The node before, which of its offers led here, and the clock of that step.
    pub(super) before: Option<(usize, usize, Clock)>,
    pub(super) depth: usize,
    pub(super) offers: Vec<Offer>,
    sleep: Vec<Step>,
    /// Offers that have been put on the list of those to try.
    backtrack: BTreeSet<usize>,
    /// Offers that have been tried, or are being tried.
    taken: Vec<usize>,
    /// How many offers below are being tried or are to be.
    open: usize,
}

/// A step on the way to a node.
pub(super) struct Past<'t> {
    /// The node at which it was taken.
    pub(super) node: usize,
    pub(super) step: &'t Step,
    /// What it comes after, and itself.
    pub(super) clock: &'t Clock,
}

/// The nodes, and which offers of which nodes are to be tried.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Option<Node>>,
    free: Vec<usize>,
    /// The deepest comes last.
    pending: BTreeSet<(usize, usize, usize)>,
    /// Whether every order is to be tried, also equivalent ones.
    full: bool,
}

impl Tree {
    pub(super) fn new(full: bool) -> Self {
        Tree { full, ..Tree::default() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn node(&self, id: usize) -> &Node {
        self.nodes[id].as_ref().expect("BUG: a node that is in use is kept")
    }

    fn node_mut(&mut self, id: usize) -> &mut Node {
        self.nodes[id].as_mut().expect("BUG: a node that is in use is kept")
    }

    fn insert(&mut self, node: Node) -> usize {
        match self.free.pop() {
            Some(id) => {
                self.nodes[id] = Some(node);
                id
            }
            None => {
                self.nodes.push(Some(node));
                self.nodes.len() - 1
            }
        }
    }

    /// Puts the enabled offers of `process` at node `id` on the list.
    pub(super) fn put_on_list(&mut self, id: usize, process: &Name) {
        let node = self.node(id);
        let (depth, offers) = (node.depth, node.offers.iter().enumerate());
        let fitting: Vec<usize> = offers
            .filter(|(_, offer)| offer.enabled && offer.step.process() == process)
            .map(|(index, _)| index)
            .collect();
        for index in fitting {
            let node = self.node_mut(id);
            let asleep =
                node.sleep.iter().any(|step| step.choice == node.offers[index].step.choice);
            if node.backtrack.insert(index) && !asleep {
                node.open += 1;
                self.pending.insert((depth, id, index));
            }
        }
    }

    /// Whether one of `processes` is on the list of node `id`, or has been tried there.
    pub(super) fn is_tried(&self, id: usize, processes: &BTreeSet<Name>) -> bool {
        let node = self.node(id);
        node.backtrack.iter().any(|index| processes.contains(node.offers[*index].step.process()))
    }

    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The next run to make: the deepest offer that has not been tried, and the node it is of.
    pub(super) fn next(&mut self, most_steps: usize) -> Option<(usize, usize, Job)> {
        let (_, id, index) = self.pending.pop_last()?;
        let mut prefix = self.path(id);
        let full = self.full;
        let node = self.node_mut(id);
        let step = node.offers[index].step.clone();
        let tried = node.taken.iter().map(|taken| &node.offers[*taken].step);
        let mut sleep: Vec<Step> = node.sleep.iter().chain(tried).cloned().collect();
        sleep.retain(|asleep| !full && !dependent(asleep, &step));
        node.taken.push(index);
        prefix.push((step.choice, Some(step.call)));
        Some((id, index, Job { prefix, sleep, plan: Plan::Explore, most_steps, fatal: Vec::new() }))
    }

    /// The choices that lead to node `id`.
    fn path(&self, id: usize) -> Vec<(Choice, Option<String>)> {
        let steps = self.steps(id);
        steps.into_iter().map(|(_, step)| (step.choice.clone(), Some(step.call.clone()))).collect()
    }

    /// The steps that lead to node `id`, each with the node it is taken at.
    pub(super) fn steps(&self, id: usize) -> Vec<(usize, &Step)> {
        let mut steps = Vec::new();
        let mut at = id;
        while let Some((before, index, _)) = &self.node(at).before {
            steps.push((*before, &self.node(*before).offers[*index].step));
            at = *before;
        }
        steps.reverse();
        steps
    }

    /// The same steps, with their clocks.
    pub(super) fn past(&self, id: usize) -> Vec<Past<'_>> {
        let mut past = Vec::new();
        let mut at = id;
        while let Some((before, index, clock)) = &self.node(at).before {
            past.push(Past { node: *before, step: &self.node(*before).offers[*index].step, clock });
            at = *before;
        }
        past.reverse();
        past
    }

    /// Adds the states that a run has passed behind the offer `from`, and returns the last node.
    pub(super) fn grow(&mut self, from: Option<(usize, usize)>, made: &Made) -> usize {
        let mut from = from;
        let mut last = from.map_or(0, |(id, _)| id);
        for state in &made.states {
            last = self.add(from, state);
            from = state.chosen.map(|chosen| (last, chosen));
        }
        last
    }

    fn add(&mut self, from: Option<(usize, usize)>, state: &State) -> usize {
        let before = from.map(|(id, index)| (id, index, self.clock_of(id, index)));
        let depth = from.map_or(0, |(id, _)| self.node(id).depth + 1);
        let id = self.insert(Node {
            before,
            depth,
            offers: state.offers.clone(),
            sleep: state.sleep.clone(),
            backtrack: BTreeSet::new(),
            taken: Vec::new(),
            open: 0,
        });
        if let Some(chosen) = state.chosen {
            let node = self.node_mut(id);
            node.taken.push(chosen);
            node.backtrack.insert(chosen);
            node.open += 1; // the run that is being added
            // The other ways in which the same process can continue are not a question of order.
            let process = node.offers[chosen].step.process().clone();
            self.put_on_list(id, &process);
        }
        if self.full {
            let all: BTreeSet<Name> =
                state.offers.iter().map(|offer| offer.step.process().clone()).collect();
            if state.chosen.is_some() {
                all.iter().for_each(|process| self.put_on_list(id, process));
            }
        }
        id
    }

    /// Forgets what has been tried to its end, from node `id` upwards.
    pub(super) fn close(&mut self, id: usize) {
        let mut at = Some(id);
        while let Some(id) = at {
            if self.node(id).open > 0 {
                return;
            }
            let before = self.nodes[id].take().and_then(|node| node.before);
            self.free.push(id);
            at = before.map(|(before, ..)| {
                self.node_mut(before).open -= 1;
                before
            });
        }
    }

    /// Reports that nothing came of the offer that was being tried at node `id`.
    pub(super) fn nothing_below(&mut self, id: usize) {
        self.node_mut(id).open -= 1;
        self.close(id);
    }

    /// The clock of the step that offer `index` of node `id` is: what it comes after, in the
    /// order that dependence makes.
    fn clock_of(&self, id: usize, index: usize) -> Clock {
        let step = &self.node(id).offers[index].step;
        let depth = self.node(id).depth;
        let mut clock = self.clock_before(id, step.process());
        for (at, (_, earlier)) in self.steps(id).into_iter().enumerate().rev() {
            let known = clock.get(earlier.process()).is_some_and(|seen| *seen > at);
            if !known && dependent(earlier, step) {
                join(&mut clock, &self.clock_after(id, at));
            }
        }
        clock.insert(step.process().clone(), depth + 1);
        clock
    }

    /// The clock of step number `at` on the way to node `id`.
    pub(super) fn clock_after(&self, id: usize, at: usize) -> Clock {
        let mut node = self.node(id);
        while node.depth > at + 1 {
            let Some((before, ..)) = &node.before else { break };
            node = self.node(*before);
        }
        node.before.as_ref().map(|(_, _, clock)| clock.clone()).unwrap_or_default()
    }

    /// The clock of the last step that `process` has taken before node `id`; of the fork that
    /// made it, if it has taken none.
    pub(super) fn clock_before(&self, id: usize, process: &Name) -> Clock {
        let steps = self.steps(id);
        let own = steps.iter().rposition(|(_, step)| step.process() == process);
        let fork = || {
            let forks = Effect::Fork(process.clone());
            steps.iter().rposition(|(_, step)| step.effect == forks)
        };
        own.or_else(fork).map(|at| self.clock_after(id, at)).unwrap_or_default()
    }
}

/// Adds to `clock` what `other` comes after.
pub(super) fn join(clock: &mut Clock, other: &Clock) {
    for (process, seen) in other {
        let entry = clock.entry(process.clone()).or_insert(0);
        *entry = (*entry).max(*seen);
    }
}
