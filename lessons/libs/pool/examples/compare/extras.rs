//! Guarantees of the pool that no peer gives.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

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

/// By how many megabytes the parent's memory grows at most while it takes ten million results of
/// an `imap`. Not a number where that cannot be learned.
pub(crate) fn imap_growth() -> Result<f64, Error> {
    let pool = Pool::new(2, |x: u64| x + 1)?;
    growth(|| {
        let mut sum = 0;
        for result in pool.imap(0..10_000_000) {
            sum += result?;
        }
        assert_eq!(sum, (1..=10_000_000).sum::<u64>());
        Ok(())
    })
}

/// By how many bytes an item the parent's memory grows at most in a map of a million numbers, with the
/// results, of eight bytes each. Measured in the first call of a new pool.
pub(crate) fn bytes_an_item(later: bool) -> Result<f64, Error> {
    let pool = Pool::new(2, |x: u64| x + 1)?;
    // Megabytes for a million items are bytes for one.
    growth(|| {
        let results =
            if later { pool.map_async(0..1_000_000).join()? } else { pool.map(0..1_000_000)? };
        assert_eq!(results.len(), 1_000_000);
        Ok(())
    })
}

/// By how many megabytes this process's resident memory grows at most while something is done.
fn growth(work: impl FnOnce() -> Result<(), Error>) -> Result<f64, Error> {
    // The most that was resident so far counts from here (`man 5 proc_pid_clear_refs`).
    let reset = fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = peak();
    work()?;
    let growth = || Some(peak()? - before?);
    Ok(growth().filter(|_| reset).unwrap_or(f64::NAN))
}

/// The most memory that was resident, in megabytes (`VmHWM` of `man 5 proc_pid_status`).
fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim_end().parse().ok()?;
    Some(kibibytes * 1024e-6)
}
