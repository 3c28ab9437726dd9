//! Runs trials, several at a time, and hands over each group as soon as it is complete.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::mpsc;
use std::thread;

use crate::trial::{Outcome, Trial};

/// Runs all `trials` with `threads` at a time. Calls `show` with each run of trials of the same
/// group, in order.
pub(crate) fn run(
    trials: &[&Trial],
    threads: usize,
    mut show: impl FnMut(&[&Trial], &[Option<Outcome>]),
) {
    let mut outcomes: Vec<Option<Outcome>> = trials.iter().map(|_| None).collect();
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let wanted = threads.clamp(1, trials.len().max(1));
        let spawned = (0..wanted).filter(|_| {
            let (sender, next) = (sender.clone(), &next);
            let thread = thread::Builder::new();
            thread.spawn_scoped(scope, move || work(trials, next, &sender)).is_ok()
        });
        if spawned.count() == 0 {
            work(trials, &next, &sender); // no thread can be had now
        }
        drop(sender);
        let mut shown = 0;
        for (index, outcome) in receiver {
            outcomes[index] = Some(outcome);
            while let Some(end) = complete_group(trials, &outcomes, shown) {
                show(&trials[shown..end], &outcomes[shown..end]);
                shown = end;
            }
        }
    });
}

fn work(trials: &[&Trial], next: &AtomicUsize, sender: &mpsc::Sender<(usize, Outcome)>) {
    loop {
        let index = next.fetch_add(1, Relaxed);
        let Some(trial) = trials.get(index) else { return };
        if sender.send((index, (trial.run)())).is_err() {
            return; // nobody listens: the main thread has panicked
        }
    }
}

/// The end of the group that begins at `start`, if all its outcomes are there.
fn complete_group(trials: &[&Trial], outcomes: &[Option<Outcome>], start: usize) -> Option<usize> {
    let group = trials.get(start)?.group;
    let length = trials[start..].iter().take_while(|trial| trial.group == group).count();
    let end = start + length;
    outcomes[start..end].iter().all(Option::is_some).then_some(end)
}

/// How many trials to run at a time if nobody says. Most of a case's time is waiting.
pub(crate) fn default_threads() -> usize {
    2 * thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
