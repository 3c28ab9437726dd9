//! Which orders are worth trying: those that turn a race around.
//!
//! The algorithm is the dynamic partial-order reduction of Flanagan and Godefroid (POPL 2005).
//! At each state of a run, for each process, take the step it would take next, and look for the
//! last earlier step that depends on it and is not ordered before it by others. These two are in
//! a race: the later process has to be tried where the earlier step was taken. If it could not
//! continue there, one of the steps that lead to it has to be; if there is none, all.
//!
//! One case is added to the paper's: a step (such as `kill`) that ends another process takes the
//! next step of that process away, so the two are in a race that no later state shows.
//!
//! With the sleep sets of Godefroid (1996) no order is tried that is equivalent to one before.

use std::collections::BTreeSet;

use super::tree::{Clock, Tree};
use crate::dependence::dependent;
use crate::name::Name;
use crate::step::Offer;

/// Finds the races of the steps that could be taken at node `id`, and notes what is to be tried.
pub(super) fn find(tree: &mut Tree, id: usize) {
    find_ended(tree, id);
    let offers = tree.node(id).offers.clone();
    for offer in &offers {
        let clock = tree.clock_before(id, offer.step.process());
        if let Some(at) = last_race(tree, id, offer, &clock) {
            turn_around(tree, id, at, offer, &clock);
        }
    }
}

/// A process that the last step has ended will take no step that could show the race, so it has
/// to be tried at once where that step was taken.
fn find_ended(tree: &mut Tree, id: usize) {
    let Some((before, index, _)) = tree.node(id).before.clone() else { return };
    let node = tree.node(before);
    let taken = node.offers[index].step.process();
    let is_here =
        |process: &Name| tree.node(id).offers.iter().any(|offer| offer.step.process() == process);
    let others = node.offers.iter().map(|offer| offer.step.process());
    let ended: BTreeSet<Name> =
        others.filter(|other| *other != taken && !is_here(other)).cloned().collect();
    for process in &ended {
        tree.put_on_list(before, process);
    }
}

/// The last step on the way to node `id` that is in a race with `offer`, by its number.
fn last_race(tree: &Tree, id: usize, offer: &Offer, clock: &Clock) -> Option<usize> {
    let process = offer.step.process();
    let steps = tree.steps(id);
    let mut numbered = steps.iter().enumerate().rev();
    let (at, (node, step)) = numbered.find(|(at, (_, step))| {
        let ordered = clock.get(step.process()).is_some_and(|seen| seen > at);
        step.process() != process && !ordered && dependent(step, &offer.step)
    })?;
    let there = tree.node(*node).offers.iter().find(|there| there.step.choice == offer.step.choice);
    let enabled_by_it = there.is_some_and(|there| there.enabler.as_ref() == Some(step.process()));
    (!enabled_by_it).then_some(at)
}

/// Notes at the node before step number `at` that `offer` is to come first.
fn turn_around(tree: &mut Tree, id: usize, at: usize, offer: &Offer, clock: &Clock) {
    let process = offer.step.process();
    let steps = tree.steps(id);
    let node = steps[at].0;
    let enabled: BTreeSet<Name> = tree
        .node(node)
        .offers
        .iter()
        .filter(|offer| offer.enabled)
        .map(|offer| offer.step.process().clone())
        .collect();
    let leads = |other: &Name| {
        other == process
            || steps.iter().enumerate().skip(at + 1).any(|(later, (_, step))| {
                step.process() == other && clock.get(other).is_some_and(|seen| *seen > later)
            })
    };
    let leading: BTreeSet<Name> = enabled.iter().filter(|other| leads(other)).cloned().collect();
    if leading.is_empty() {
        enabled.iter().for_each(|other| tree.put_on_list(node, other));
    } else if !tree.is_tried(node, &leading) {
        let best = leading.get(process).or_else(|| leading.first()).cloned();
        best.iter().for_each(|other| tree.put_on_list(node, other));
    }
}
