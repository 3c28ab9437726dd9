//! HAZARD, on purpose: random numbers for each worker, where each task should have its own.
//! The same 20 tasks with the same seed are done by one worker, and by two.

use pool::{Error, Pool};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const SEED: u64 = 1;

fn main() -> Result<(), Error> {
    let [one, two] = [with_a_generator_each(1)?, with_a_generator_each(2)?];
    println!("a generator for each worker: {one} points inside by one, {two} by two");
    let [one, two] = [with_a_stream_each(1)?, with_a_stream_each(2)?];
    println!("a generator for each task:   {one} points inside by one, {two} by two");
    Ok(())
}

/// Each worker inherits the generator, and its copy continues from task to task.
fn with_a_generator_each(workers: usize) -> Result<usize, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let pool = Pool::new(workers, move |_task: u64| throw(&mut rng))?;
    Ok(pool.map(0..20)?.iter().sum())
}

/// The task's number picks one of the generator's streams, whichever worker does the task.
fn with_a_stream_each(workers: usize) -> Result<usize, Error> {
    let throw_for = |task: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        rng.set_stream(task);
        throw(&mut rng)
    };
    Ok(Pool::new(workers, throw_for)?.map(0..20)?.iter().sum())
}

/// How many of 1000 random points in a square are inside the circle.
fn throw(rng: &mut ChaCha8Rng) -> usize {
    let is_inside = |(x, y): (f64, f64)| x * x + y * y < 1.0;
    (0..1000).filter(|_| is_inside((rng.random(), rng.random()))).count()
}
