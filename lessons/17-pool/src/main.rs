//! A process pool and `map`. A run shows:
//!
//! * the workers are forked once, before there is any input;
//! * each input goes to a free worker: the lines appear in the order of the work;
//! * the results are in the order of the inputs, whichever workers computed them;
//! * how many inputs each worker got: about equally many, but the pool promises no number.
//!
//! The pool is the library in `lessons/libs/pool`; `cargo doc -p pool --open` shows it. The small pool of
//! `src/bin/small_pool.rs` comes before it: sockets, `poll`, and a worker that dies.

use std::collections::BTreeMap;
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

use lesson_cli::{Args, Failure, say};
use pool::Pool;

const USAGE: &str = "\
Squares the numbers from 0 on, in a pool of worker processes.

Usage: lesson-pool [NUMBERS [SIZE]]
Example: cargo run -p lesson-pool -- 20 4

  NUMBERS  how many numbers, 0 to 100000 (default 11)
  SIZE     number of workers, 1 to 100 (default 3)
  --help   show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let numbers: u64 = args.number("NUMBERS", 0..=100_000)?.unwrap_or(11);
    let size = args.number("SIZE", 1..=100)?.unwrap_or(3);
    args.finish()?;

    say!("parent {}: forking {size} workers", process::id());
    let pool = Pool::new(size, square).map_err(|error| Failure::system("the pool", error))?;

    say!("parent {}: inputs 0 to {}", process::id(), numbers.saturating_sub(1));
    let results = pool.map(0..numbers).map_err(|error| Failure::system("the pool", error))?;

    // `map` has waited for all results, and they are in the order of the inputs.
    let squares: Vec<u64> = results.iter().map(|&(square, _)| square).collect();
    say!("parent {}: results {squares:?}", process::id());
    let mut shares = BTreeMap::new();
    for (_, worker) in results {
        *shares.entry(worker).or_insert(0) += 1;
    }
    for (worker, share) in shares {
        say!("worker {worker}: {share} of {numbers} inputs");
    }
    Ok(())
}

/// What the workers inherit. The result is sent to the parent, so it can include the PID.
fn square(number: u64) -> (u64, u32) {
    say!("worker {}: input {number}", process::id());
    work_for(Duration::from_millis(10));
    (number * number, process::id())
}

/// Simulates work. With real work, a pool pays off from about a millisecond per item.
#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work_for(time: Duration) {
    thread::sleep(time);
}
