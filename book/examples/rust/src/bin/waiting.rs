//! Tasks that wait: sixteen of 10 ms, and then one long task among short ones.

use std::thread;
use std::time::{Duration, Instant};

use pool::{Error, Pool};

fn main() -> Result<(), Error> {
    println!("16 tasks of 10 ms, by a number of workers:");
    for workers in [1, 2, 16] {
        println!("  {workers:>2}: {:>12} ms", time(workers, &[10; 16])?);
    }
    println!("8 tasks of 10 ms and one of 80 ms, by 2 workers:");
    println!("  long one last:  {:>3} ms", time(2, &[10, 10, 10, 10, 10, 10, 10, 10, 80])?);
    println!("  long one first: {:>3} ms", time(2, &[80, 10, 10, 10, 10, 10, 10, 10, 10])?);
    Ok(())
}

/// Milliseconds from the first task handed out to the last result, without the forks.
fn time(workers: usize, tasks: &[u64]) -> Result<u128, Error> {
    let pool = Pool::builder().workers(workers).chunk_size(1).window(1).build(wait)?;
    let start = Instant::now();
    pool.map(tasks.iter().copied())?;
    Ok(start.elapsed().as_millis())
}

/// Simulates an answer from the network.
#[expect(clippy::disallowed_methods, reason = "the sleep is the task, and orders nothing")]
fn wait(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}
