//! Results one by one: `imap` and `imap_unordered`.

use std::cell::Cell;

use lesson_cli::say;
use pool::{Error, Pool};

use crate::job::{Done, Job};

/// How many jobs `imap` takes from its input beyond those whose results it has handed out.
pub(crate) const WINDOW: usize = 4;

/// The input has no end. It is enough to stop asking for results.
pub(crate) fn in_order(pool: &Pool<Job, Done>) -> Result<(), Error> {
    say!("IMAP: results in the order of the input, which is endless");
    let taken = Cell::new(0);
    let jobs = [60, 10, 10].into_iter().cycle().inspect(|_| taken.set(taken.get() + 1));
    let results = pool.imap(jobs);
    say!("    before the first result is asked for: {} jobs taken from the input", taken.get());
    for (index, worker) in results.take(6).enumerate() {
        say!("    result {index}, from worker {}; jobs taken so far: {}", worker?, taken.get());
    }
    say!("    Six results were asked for, so the endless input was taken no further than that and");
    say!("    the window, which is {WINDOW} jobs here: {} jobs in all.", taken.get());
    Ok(())
}

/// The index says which job it was. It is all that is left of the order.
pub(crate) fn as_they_come(pool: &Pool<Job, Done>) -> Result<(), Error> {
    say!("IMAP_UNORDERED: results as they come");
    let jobs = [300, 20, 100, 60, 20, 20];
    let mut overtaken = 0;
    for (before, (index, worker)) in pool.imap_unordered(jobs).enumerate() {
        let (place, worker) = (before + 1, worker?);
        say!(
            "    number {place} to come: result {index}, of {} ms, from worker {worker}",
            jobs[index]
        );
        if index == 0 {
            overtaken = before;
        }
    }
    say!("    Before result 0 came {overtaken} others, which imap would have kept until then.");
    Ok(())
}
