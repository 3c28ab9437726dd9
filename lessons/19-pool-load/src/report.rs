//! How much each worker did, and the result.

use std::collections::BTreeMap;
use std::time::Duration;

use lesson_cli::say;

use crate::task::{Done, POINTS};

/// What one worker did.
#[derive(Default)]
struct Share {
    tasks: u64,
    inside: u64,
    nanos: u64,
}

pub(crate) fn say(done: &[Done], workers: usize, seed: u64, elapsed: Duration) {
    let mut shares: BTreeMap<u32, Share> = BTreeMap::new();
    for &(inside, pid, nanos) in done {
        let share = shares.entry(pid).or_default();
        share.tasks += 1;
        share.inside += inside;
        share.nanos += nanos;
    }
    for (pid, Share { tasks, inside, nanos }) in &shares {
        let time = Duration::from_nanos(*nanos).as_secs_f64();
        say!("worker {pid}: tasks {tasks}, points inside {inside}, time {time:.3} s");
    }
    match workers - shares.len() {
        0 => {}
        idle => say!("workers without a task: {idle} of {workers}"),
    }
    total(done, seed);
    time(shares.values().map(|share| share.nanos).sum(), elapsed);
    say!("Run it again, or with other --workers: shares may change, the total does not.");
}

/// The circle's quarter has π/4 of the square's area.
fn total(done: &[Done], seed: u64) {
    let inside: u64 = done.iter().map(|&(inside, ..)| inside).sum();
    let points = POINTS * done.len() as u64;
    say!("grand total, seed {seed}: tasks {}, points inside {inside} of {points}", done.len());
    if points > 0 {
        say!("so π is about {:.4}", 4.0 * inside as f64 / points as f64);
    }
}

fn time(nanos: u64, elapsed: Duration) {
    let (tasks, elapsed) = (Duration::from_nanos(nanos).as_secs_f64(), elapsed.as_secs_f64());
    say!("elapsed: {elapsed:.3} s; the tasks took {tasks:.3} s together");
    if elapsed > 0.0 {
        say!("so on average {:.2} tasks were under way at the same time", tasks / elapsed);
    }
}
