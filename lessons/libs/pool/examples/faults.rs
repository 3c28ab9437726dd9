//! Random faults of all kinds, with every result checked:
//!
//! ```console
//! $ cargo run --release -p pool --example faults -- --seconds 600
//! ```
//!
//! Each round makes a pool with random options and gives it items, some of which do something bad:
//! panic, exit, stop, hang, close or write into descriptors, fork, panic in the parent. Meanwhile
//! workers are killed and stopped from outside. No result may be wrong, no item may be lost or
//! answered twice, each call must end, and nothing may be left behind. The same seed gives the same
//! rounds, though not the same moments.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{self, Command, ExitCode};
use std::time::{Duration, Instant};

use lesson_cli::{Args, Failure, say};
use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::socket::{getsockopt, sockopt::SockType};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use pool::{Cause, Error, Pool};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize, Serializer};

const USAGE: &str = "\
Runs pools under random faults and checks every result.

Usage: faults [--seconds N] [--seed N]

  --seconds N  how long, 1 to 86400 (default 5)
  --seed N     where the random numbers begin (default 1)
  --help       show this text
";

/// How long an item may run.
const LIMIT: Duration = Duration::from_millis(200);

/// Items that do nothing bad, and are late all the same. They must be rare.
const LATE: &str = "None, timed out";

/// No round takes longer, even on a machine that is busy.
const ROUND: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Fault {
    None,
    Panic,
    ThreadPanics,
    Exit,
    Kill,
    Stop,
    Hang,
    HangInAProcess,
    CloseAll,
    WriteAll,
    Fork,
    /// In the parent, while the item is encoded.
    EncodePanics,
}

const FAULTS: [Fault; 12] = [
    Fault::None,
    Fault::Panic,
    Fault::ThreadPanics,
    Fault::Exit,
    Fault::Kill,
    Fault::Stop,
    Fault::Hang,
    Fault::HangInAProcess,
    Fault::CloseAll,
    Fault::WriteAll,
    Fault::Fork,
    Fault::EncodePanics,
];

/// An item: its number, what it does, and how many bytes its result has.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Item(u64, Fault, usize);

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        assert!(self.1 != Fault::EncodePanics, "item {}", self.0);
        (self.0, self.1, self.2).serialize(to)
    }
}

/// The outcomes of the items, in order.
type Answers = Vec<Result<Vec<u8>, Error>>;

fn main() -> ExitCode {
    lesson_cli::run(USAGE, faults)
}

fn faults(mut args: Args) -> Result<(), Failure> {
    let number = |text: Option<std::ffi::OsString>, default: u64| {
        let text = text.map(|text| text.to_string_lossy().into_owned());
        text.map_or(Some(default), |text| text.parse().ok())
            .ok_or_else(|| Failure::Other("--seconds and --seed take a number".to_owned()))
    };
    let seconds = number(args.option("--seconds"), 5)?.clamp(1, 86_400);
    let seed = number(args.option("--seed"), 1)?;
    args.finish()?;
    // What the functions of the pool print on a panic in a thread is of no interest.
    std::panic::set_hook(Box::new(|_| ()));
    let start = Instant::now();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut rounds = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        round(seed.wrapping_add(rounds), &mut counts).map_err(Failure::Other)?;
        rounds += 1;
    }
    let late = counts.get(LATE).copied().unwrap_or(0);
    if late * 100 > counts.values().sum() {
        return Err(Failure::Other(format!("{late} good items have timed out")));
    }
    say!(
        "{rounds} rounds from seed {seed} in {:.1?}, and everything is as it should be",
        start.elapsed()
    );
    for (outcome, count) in counts {
        say!("{count:8} items: {outcome}");
    }
    Ok(())
}

/// One pool, one call. Any complaint has the seed in it.
fn round(seed: u64, counts: &mut BTreeMap<String, usize>) -> Result<(), String> {
    let mut rng = StdRng::seed_from_u64(seed);
    let descriptors = descriptors();
    let items = items(&mut rng);
    let start = Instant::now();
    let complaint = |text: String| format!("seed {seed}: {text}");
    let (results, disturbed) =
        call(&mut rng, &items).map_err(|error| complaint(error.to_string()))?;
    if start.elapsed() > ROUND {
        return Err(complaint(format!("it took {:?}", start.elapsed())));
    }
    check(&items, &results, disturbed).map_err(complaint)?;
    for (item, result) in items.iter().zip(&results) {
        let outcome = result.as_ref().map_or_else(|error| name(error.cause()), |_| "right");
        *counts.entry(format!("{:?}, {outcome}", item.1)).or_default() += 1;
    }
    if !matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Err(Errno::ECHILD)) {
        return Err(complaint("a child is left".to_owned()));
    }
    if descriptors != self::descriptors() {
        return Err(complaint("descriptors are left".to_owned()));
    }
    Ok(())
}

/// Up to 300 items, a few of which are bad, and a few large.
fn items(rng: &mut StdRng) -> Vec<Item> {
    let count = rng.random_range(1..300);
    let item = |number| {
        let bad = rng.random_ratio(1, 40);
        let fault = if bad { FAULTS[rng.random_range(0..FAULTS.len())] } else { Fault::None };
        let size = if rng.random_ratio(1, 20) { rng.random_range(0..300_000) } else { 5 };
        Item(number, fault, size)
    };
    (0..count).map(item).collect()
}

/// All results in order, and whether workers were killed or stopped from outside.
fn call(rng: &mut StdRng, items: &[Item]) -> Result<(Answers, bool), Error> {
    let builder = Pool::builder().workers(rng.random_range(1..5)).time_limit(LIMIT);
    let chunk = rng.random_ratio(1, 2).then(|| rng.random_range(1..100));
    let builder = if let Some(size) = chunk { builder.chunk_size(size) } else { builder };
    let recycle = rng.random_ratio(1, 4).then(|| rng.random_range(1..50));
    let builder = if let Some(items) = recycle { builder.recycle_after(items) } else { builder };
    let pool = builder.build(work)?;
    if rng.random_ratio(1, 4) {
        use_in_a_fork(&pool, items);
    }
    let disturb = rng.random_ratio(1, 3);
    Ok(match rng.random_range(0..4) {
        0 => (pool.map_all(items.iter().copied()), false),
        1 => (pool.map_async(items.iter().copied()).join_all(), false),
        2 => (from_a_bad_input(rng, &pool, items), false),
        _ => (disturbed(rng, &pool, items, disturb), disturb),
    })
}

/// The input is slow now and then, and panics sometimes before it gives an item.
fn from_a_bad_input(rng: &mut StdRng, pool: &Pool<'_, Item, Vec<u8>>, items: &[Item]) -> Answers {
    let panics = Cell::new(rng.random_range(0..3_u32));
    let mut left = items.iter().copied();
    let input = std::iter::from_fn(|| {
        if left.len() % 64 == 9 {
            work_for(Duration::from_millis(3));
        }
        if left.len() % 50 == 7 && panics.replace(panics.get().saturating_sub(1)) > 0 {
            panic!("the input");
        }
        left.next()
    });
    let (mut answers, mut results) = (pool.imap(input), Vec::new());
    loop {
        match catch_unwind(AssertUnwindSafe(|| answers.next())) {
            Ok(Some(result)) => results.push(result),
            Ok(None) => return results,
            Err(_) => {} // it is asked again
        }
    }
}

/// Takes results as they come, and meanwhile kills, stops or continues workers if `disturb` says
/// so.
fn disturbed(
    rng: &mut StdRng,
    pool: &Pool<'_, Item, Vec<u8>>,
    items: &[Item],
    disturb: bool,
) -> Answers {
    let mut results: Vec<Option<Result<Vec<u8>, Error>>> = items.iter().map(|_| None).collect();
    for (index, result) in pool.imap_unordered(items.iter().copied()) {
        assert!(results[index].replace(result).is_none(), "item {index} came twice");
        if disturb && rng.random_ratio(1, 30) {
            disturb_one(rng, &pool.workers());
        }
    }
    results.into_iter().map(|result| result.expect("an item is lost")).collect()
}

/// A fork of this process uses the pool. It gets errors, and the pool is as it was.
fn use_in_a_fork(pool: &Pool<'_, Item, Vec<u8>>, items: &[Item]) {
    let is_foreign = |error: &Error| matches!(error.cause(), Cause::WrongProcess { .. });
    // SAFETY: this process has one thread.
    match unsafe { fork() }.expect("a fork") {
        ForkResult::Child => {
            let results = pool.map_all(items.iter().copied());
            let right = results.iter().all(|result| result.as_ref().is_err_and(is_foreign));
            // SAFETY: `_exit` may be called anywhere.
            unsafe { libc::_exit(i32::from(!right)) }
        }
        ForkResult::Parent { child } => {
            assert_eq!(
                waitpid(child, None),
                Ok(WaitStatus::Exited(child, 0)),
                "a fork had results"
            );
        }
    }
}

/// Kills, stops or continues one of the workers, if it is still there: its number may be a stranger's
/// by now.
fn disturb_one(rng: &mut StdRng, workers: &[u32]) {
    if let Some(&worker) = workers.get(rng.random_range(0..workers.len().max(1))) {
        let worker = Pid::from_raw(worker.cast_signed());
        let signals = [Signal::SIGKILL, Signal::SIGSTOP, Signal::SIGCONT, Signal::SIGTERM];
        let signal = signals[rng.random_range(0..4)];
        if procinfo::stat(worker).is_ok_and(|stat| stat.parent == Pid::this()) {
            let _ = kill(worker, signal);
        }
    }
}

/// A good item has its result, unless its worker was disturbed; a bad one has it or an error.
fn check(
    items: &[Item],
    results: &[Result<Vec<u8>, Error>],
    disturbed: bool,
) -> Result<(), String> {
    // A worker that has destroyed its descriptors is found out when it is at a later item.
    let destroys = |item: &Item| matches!(item.1, Fault::CloseAll | Fault::WriteAll);
    let lenient = disturbed || items.iter().any(destroys);
    if items.len() != results.len() {
        return Err(format!("{} results of {} items", results.len(), items.len()));
    }
    for (&item, result) in items.iter().zip(results) {
        match result {
            Ok(bytes) if *bytes == value(item.0, item.2) => {}
            Ok(bytes) => return Err(wrong(item, bytes)),
            Err(error) if error.item() != Some(item.0 as usize) => {
                return Err(format!("{item:?} has the error of another: {error}"));
            }
            Err(_) if item.1 != Fault::None || lenient => {}
            // The limit is one of the clock, and the machine may have had other things to do.
            Err(error) if matches!(error.cause(), Cause::TimedOut { .. }) => {}
            Err(error) => return Err(format!("{item:?} has failed: {error}")),
        }
    }
    Ok(())
}

fn wrong(item: Item, bytes: &[u8]) -> String {
    let right = value(item.0, item.2);
    let place = bytes.iter().zip(&right).position(|(one, other)| one != other);
    let place =
        place.map_or(String::new(), |place| format!(", from byte {place} on {}", bytes[place]));
    format!("{item:?} has a wrong result: {} bytes{place}", bytes.len())
}

fn value(number: u64, size: usize) -> Vec<u8> {
    vec![number as u8; size]
}

fn name(cause: &Cause) -> &'static str {
    match cause {
        Cause::Panicked { .. } => "panicked",
        Cause::Died { .. } => "died",
        Cause::TimedOut { .. } => "timed out",
        _ => "failed otherwise",
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/dev/fd").map_or(0, Iterator::count)
}

#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work_for(time: Duration) {
    std::thread::sleep(time);
}

/// What the workers run.
fn work(Item(number, fault, size): Item) -> Vec<u8> {
    match fault {
        Fault::None | Fault::EncodePanics => {}
        Fault::Panic => panic!("item {number}"),
        Fault::ThreadPanics => {
            let _ = std::thread::spawn(|| panic!("in a thread")).join();
        }
        Fault::Exit => process::exit(number as i32 % 256),
        Fault::Kill => drop(raise(Signal::SIGKILL)),
        Fault::Stop => drop(raise(Signal::SIGSTOP)),
        Fault::Hang => work_for(Duration::from_secs(3600)),
        Fault::HangInAProcess => drop(Command::new("sleep").arg("3600").status()),
        Fault::CloseAll => close_all(),
        Fault::WriteAll => write_all(),
        // SAFETY: a worker has one thread, but for those that have ended in `ThreadPanics`.
        Fault::Fork => drop(unsafe { fork() }),
    }
    value(number, size)
}

fn close_all() {
    for fd in 3..100 {
        // SAFETY: not at all, as the owners will notice. That is the fault.
        unsafe { libc::close(fd) };
    }
}

fn write_all() {
    for fd in 3..100 {
        // SAFETY: the descriptor is only looked at, and nothing closes it in between.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        if getsockopt(&fd, SockType).is_ok() {
            let _ = nix::unistd::write(fd, &[7; 100]);
        }
    }
}
