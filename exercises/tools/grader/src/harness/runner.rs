//! Runs trials, several at a time.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::mpsc;
use std::thread;

use super::trial::{Outcome, Trial};

/// Runs all `trials` with `threads` at a time. Calls `done` with the index and the outcome of each
/// as it ends.
pub(super) fn run(trials: &[&Trial], threads: usize, mut done: impl FnMut(usize, Outcome)) {
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
        for (index, outcome) in receiver {
            done(index, outcome);
        }
    });
}

fn work(trials: &[&Trial], next: &AtomicUsize, sender: &mpsc::Sender<(usize, Outcome)>) {
    loop {
        let index = next.fetch_add(1, Relaxed);
        let Some(trial) = trials.get(index) else { return };
        if sender.send((index, (trial.run)())).is_err() {
            return; // the main thread has panicked
        }
    }
}

pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
