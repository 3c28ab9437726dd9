//! Two promises of the pool that no peer makes.

use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use pool::{Error, Pool};

/// One item of 1 s among 1,000 of 1 ms on 2 workers. Seconds.
pub(crate) fn slow_item() -> Result<f64, Error> {
    let pool = Pool::new(2, |millis: u64| work_for(Duration::from_millis(millis)))?;
    let start = Instant::now();
    pool.map((0..1001).map(|x| if x == 300 { 1000 } else { 1 }))?;
    Ok(start.elapsed().as_secs_f64())
}

#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work_for(time: Duration) {
    thread::sleep(time);
}

/// By how many megabytes the parent's peak grows while it takes ten million results of an `imap`.
pub(crate) fn imap_growth() -> Result<f64, Error> {
    let pool = Pool::new(2, |x: u64| x + 1)?;
    let before = peak();
    let mut sum = 0;
    for result in pool.imap(0..10_000_000) {
        sum += result?;
    }
    assert_eq!(sum, (1..=10_000_000).sum::<u64>());
    Ok(peak() - before)
}

fn peak() -> f64 {
    let peak = getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss());
    // Kibibytes, but bytes on macOS.
    peak as f64 * if cfg!(target_os = "macos") { 1e-6 } else { 1024e-6 }
}
