//! Work for a processor, split over a pool. A run shows:
//!
//! * the pool gives a task to whichever worker is free, so the workers' shares change from run to
//!   run, and nothing makes them equal;
//! * the grand total does not change, with any number of workers: each *task* has random numbers
//!   of its own. If each worker had its own instead, a task's numbers would depend on the worker;
//! * how many tasks were under way at the same time: at most as many as there are workers.

mod report;
mod task;

use std::num::NonZeroUsize;
use std::process::{self, ExitCode};
use std::thread::available_parallelism;
use std::time::Instant;

use lesson_cli::{Args, Failure, say};
use pool::Pool;

const USAGE: &str = "\
Throws points at a square, in a pool of workers, and counts those in the circle.

Usage: lesson-pool-load [--workers N] [--seed S] [SIZE]
Example: cargo run -p lesson-pool-load -- --workers 4 500

  SIZE         number of tasks of 10000 points, 0 to 100000 (default 100)
  --workers N  number of workers, 1 to 64 (default: one per core)
  --seed S     which random points, 0 to 18446744073709551615 (default 1)
  --help       show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let workers = args.number_option("--workers", 1..=64)?.unwrap_or_else(cores);
    let seed = args.number_option("--seed", 0..=u64::MAX)?.unwrap_or(1);
    let size = args.number("SIZE", 0..=100_000)?.unwrap_or(100);
    args.finish()?;

    let parent = process::id();
    say!("parent {parent}: workers {workers}, tasks {size}, points per task {}", task::POINTS);
    let pool = Pool::new(workers, move |number| task::throw(seed, number))
        .map_err(|error| Failure::system("the pool", error))?;

    let start = Instant::now();
    let done = pool.map(0..size).map_err(|error| Failure::system("the pool", error))?;
    report::say(&done, workers, seed, start.elapsed());
    Ok(())
}

fn cores() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get).min(64)
}
