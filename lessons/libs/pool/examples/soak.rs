//! Long runs in which nothing may leak and nothing may get lost:
//!
//! ```console
//! $ cargo run --release -p pool --example soak
//! ```
//!
//! * Pools are made and dropped; descriptors, children and memory stay as they were.
//! * Items are run while a random worker is killed every 20 ms; each is answered once, with its
//!   result or with the signal that killed its worker, and none is begun twice.

use std::num::NonZeroUsize;
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use lesson_cli::{Args, Failure, say};
use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, getpid};
use pool::{Cause, Error, Exit, Pool};
use rand::seq::IndexedRandom;

const USAGE: &str = "\
Makes and drops pools, then kills workers at random while a pool works.

Usage: soak [POOLS [ITEMS]]

  POOLS    how many pools to make and drop (default 10000)
  ITEMS    how many items to run while workers are killed (default 1000000)
  --help   show this text
";

/// How often a worker is killed.
const PERIOD: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    lesson_cli::run(USAGE, soak)
}

fn soak(mut args: Args) -> Result<(), Failure> {
    let pools = args.number("POOLS", 0..=10_000_000)?.unwrap_or(10_000);
    let items = args.number("ITEMS", 0..=100_000_000)?.unwrap_or(1_000_000);
    args.finish()?;
    make_and_drop(pools).map_err(failure)?;
    work_under_fire(items).map_err(failure)?;
    match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Err(Errno::ECHILD) => Ok(()),
        left => Err(Failure::Other(format!("a child is left: {left:?}"))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn failure(error: Error) -> Failure {
    Failure::Other(error.to_string())
}

fn make_and_drop(count: u32) -> Result<(), Error> {
    // The first few warm the allocator up.
    for round in 0..100 {
        use_a_pool(round)?;
    }
    let before = (descriptors(), peak_kib());
    let start = Instant::now();
    for round in 0..count {
        use_a_pool(round)?;
    }
    let after = (descriptors(), peak_kib());
    say!("{count} pools in {:.1?}: (descriptors, KiB) {before:?}, then {after:?}", start.elapsed());
    assert_eq!(before.0, after.0, "descriptors leak");
    assert!(after.1 - before.1 < 1024, "memory leaks");
    Ok(())
}

/// Sometimes with a worker that dies, or an iterator that is dropped early.
fn use_a_pool(round: u32) -> Result<(), Error> {
    let pool = Pool::new(2, |x: u64| if x == 999 { process::exit(1) } else { x * x })?;
    assert_eq!(pool.map([3, 4])?, [9, 16]);
    if round.is_multiple_of(3) {
        assert!(pool.map(990..1010).is_err());
    }
    if round.is_multiple_of(5) {
        assert!(pool.imap(0..).nth(10).is_some());
    }
    Ok(())
}

fn descriptors() -> usize {
    std::fs::read_dir("/dev/fd").map_or(0, Iterator::count)
}

fn peak_kib() -> i64 {
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss())
}

/// A counter for each item, in memory that the workers share.
fn counters(count: usize) -> &'static [AtomicU8] {
    let size = NonZeroUsize::new(count.max(1)).expect("BUG: at least 1");
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: new memory at an address of the kernel's choice overlaps nothing.
    let memory = unsafe { mmap_anonymous(None, size, access, MapFlags::MAP_SHARED) };
    let memory = memory.expect("memory for the counters").cast();
    // SAFETY: it is that large, zeroed, never unmapped, and only used as atomics.
    unsafe { std::slice::from_raw_parts(memory.as_ptr(), count) }
}

fn work_under_fire(count: usize) -> Result<(), Error> {
    let begun = counters(count);
    let pool = Pool::new(4, |x: usize| {
        begun[x].fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        while start.elapsed() < Duration::from_micros(10) {}
        (x, process::id())
    })?;
    let start = Instant::now();
    let mut answered = vec![false; count];
    let (mut failed, mut kills, mut last_kill) = (0, 0, start);
    let mut workers: Vec<u32> = Vec::new();
    for (item, result) in pool.imap_unordered(0..count) {
        assert!(!std::mem::replace(&mut answered[item], true), "item {item} answered twice");
        match result {
            Ok((same, worker)) => {
                assert_eq!(same, item);
                if !workers.contains(&worker) {
                    workers.push(worker);
                }
            }
            Err(error) => {
                failed += 1;
                let died = matches!(error.cause(), Cause::Died { exit: Exit::Signal(9), .. });
                assert!(died && error.item() == Some(item), "{error}");
            }
        }
        if last_kill.elapsed() > PERIOD {
            last_kill = Instant::now();
            kills += usize::from(kill_one(&mut workers));
        }
    }
    assert!(answered.into_iter().all(|answered| answered), "an item got lost");
    let twice = begun.iter().filter(|begun| begun.load(Ordering::Relaxed) > 1).count();
    assert_eq!(twice, 0, "items begun twice");
    let time = start.elapsed();
    say!("{count} items, {kills} workers killed, {failed} items failed, in {time:.1?}");
    Ok(())
}

/// Kills one of those workers that are still there.
fn kill_one(workers: &mut Vec<u32>) -> bool {
    workers.retain(|&worker| is_child(worker));
    let Some(&victim) = workers.choose(&mut rand::rng()) else { return false };
    kill(Pid::from_raw(victim.cast_signed()), Signal::SIGKILL).is_ok()
}

/// Whether the process is a child of this one. If not, the number may be a stranger's by now.
fn is_child(pid: u32) -> bool {
    procinfo::stat(Pid::from_raw(pid.cast_signed())).is_ok_and(|stat| stat.parent == getpid())
}
