//! Which orders are worth trying: those that turn a race around.
//!
//! The algorithm is the source-set reduction of Abdulla, Aronsson, Jonsson and Sagonas (POPL 2014),
//! made for steps that can wait: at each state of a run, for each process, take the step it would
//! take next, and look for the earlier steps that depend on it, with no other step ordered
//! between the two. Each of these is in a race with it. To turn the race around, all that comes
//! after the earlier step without depending on it has to come first, and then the next step. One
//! of the processes that can begin this (the *initials*) has to be tried where the earlier step
//! was taken. If the next step could not be taken there, nothing is known of what makes it
//! possible, and all are tried.
//!
//! To look for the last race alone, as Flanagan and Godefroid do (POPL 2005), is not enough beside
//! sleep sets: a race may be the last one only in an order that is asleep, and never be seen.
//! `lesson-many-forks 3` has six outcomes that were missed by that.
//!
//! One case is added to the papers': a step (such as `kill`) that ends another process takes the
//! next step of that process away, so no later state shows that the two are in a race.
//!
//! With the sleep sets of Godefroid (1996) no order is tried that is equivalent to one before.

use std::collections::BTreeSet;

use super::tree::{Clock, Past, Tree, join};
use crate::dependence::dependent;
use crate::name::Name;
use crate::step::Offer;

/// Finds the races of the steps that could be taken at node `id`, and notes what is to be tried.
pub(super) fn find(tree: &mut Tree, id: usize) {
    let past = tree.past(id);
    let mut turns = ended(tree, id, &past);
    turns.extend(tree.node(id).offers.iter().flat_map(|offer| turns_of(tree, id, &past, offer)));
    for turn in turns {
        turn.note(tree);
    }
}

/// What turns the ends of processes around that steps of others have ended. Such a process has lost
/// the step that it would have taken next. That step is in a race with the one that ended the
/// process, and what comes later may have to come first in it.
fn ended(tree: &Tree, id: usize, past: &[Past]) -> Vec<Turn> {
    let mut turns = Vec::new();
    for (at, step) in past.iter().enumerate() {
        let next = past.get(at + 1).map_or(id, |next| next.node);
        let is_there = |process: &Name| {
            tree.node(next).offers.iter().any(|offer| offer.step.process() == process)
        };
        let offers = tree.node(step.node).offers.iter();
        let others = offers.filter(|offer| offer.step.process() != step.step.process());
        let lost = others.filter(|offer| !is_there(offer.step.process()));
        turns.extend(lost.filter_map(|offer| turn(tree, past, at, offer)));
    }
    turns
}

/// What has to be tried at a node, so that a race is turned around.
struct Turn {
    node: usize,
    /// One of these, or all of them.
    processes: BTreeSet<Name>,
    all: bool,
    /// The process that is to come first, if it can.
    first: Name,
}

impl Turn {
    fn note(&self, tree: &mut Tree) {
        if self.all {
            self.processes.iter().for_each(|process| tree.put_on_list(self.node, process));
        } else if !tree.is_tried(self.node, &self.processes) {
            let first = self.processes.get(&self.first).or_else(|| self.processes.first());
            first.iter().for_each(|process| tree.put_on_list(self.node, process));
        }
    }
}

/// The races of `offer` at node `id`, each as what turns it around.
fn turns_of(tree: &Tree, id: usize, past: &[Past], offer: &Offer) -> Vec<Turn> {
    let process = offer.step.process();
    let mut ordered = tree.clock_before(id, process);
    let mut turns = Vec::new();
    for (at, earlier) in past.iter().enumerate().rev() {
        let is_own = earlier.step.process() == process;
        if is_own || earlier.is_in(&ordered, at) || !dependent(earlier.step, &offer.step) {
            continue;
        }
        join(&mut ordered, earlier.clock);
        turns.extend(turn(tree, past, at, offer));
    }
    turns
}

/// What turns the race of step number `at` and `offer` around; nothing if nothing can.
fn turn(tree: &Tree, past: &[Past], at: usize, offer: &Offer) -> Option<Turn> {
    let (node, first) = (past[at].node, offer.step.process());
    let there = &tree.node(node).offers;
    let same = there.iter().find(|there| there.step.choice == offer.step.choice);
    if same.is_some_and(|same| same.enabler.as_ref() == Some(past[at].step.process())) {
        return None;
    }
    let enabled = there.iter().filter(|there| there.enabled);
    let enabled: BTreeSet<Name> = enabled.map(|there| there.step.process().clone()).collect();
    let moved = past[at + 1..].iter().any(|later| later.step.process() == first);
    let all = !moved && !enabled.contains(first);
    let processes = if all { enabled } else { &initials(past, at, offer) & &enabled };
    Some(Turn { node, processes, all, first: first.clone() })
}

/// The processes that can begin what comes after step number `at` without depending on it,
/// `offer` at the end included.
fn initials(past: &[Past], at: usize, offer: &Offer) -> BTreeSet<Name> {
    let (mut initials, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut without: Vec<usize> = Vec::new();
    for (number, later) in past.iter().enumerate().skip(at + 1) {
        if past[at].is_in(later.clock, at) {
            continue;
        }
        let process = later.step.process();
        let follows = || without.iter().any(|&other| past[other].is_in(later.clock, other));
        if seen.insert(process) && !follows() {
            initials.insert(process.clone());
        }
        without.push(number);
    }
    let depends = || without.iter().any(|&other| dependent(past[other].step, &offer.step));
    if !seen.contains(offer.step.process()) && !depends() {
        initials.insert(offer.step.process().clone());
    }
    initials
}

impl Past<'_> {
    /// Whether this step, which has number `at`, comes before the one with this clock.
    fn is_in(&self, clock: &Clock, at: usize) -> bool {
        clock.get(self.step.process()).is_some_and(|seen| *seen > at)
    }
}
