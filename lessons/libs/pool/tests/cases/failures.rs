//! The failure table: what happens to the other items, and to the pool, when an item goes wrong.

use std::os::fd::BorrowedFd;
use std::process;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigHandler, Signal, kill, raise, signal};
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::Pid;
use pool::{Cause, Error, Exit, Pool};

use crate::Case;
use crate::alone::SOON;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("worker_killed_in_an_item", || dies(|| die_by(Signal::SIGKILL), Exit::Signal(9))),
    ("segmentation_fault_in_an_item", || dies(fault, Exit::Signal(11))),
    ("abort_in_an_item", || dies(|| process::abort(), Exit::Signal(Signal::SIGABRT as i32))),
    ("exit_in_an_item", || dies(|| process::exit(3), Exit::Code(3))),
    ("exit_0_in_an_item", || dies(|| process::exit(0), Exit::Code(0))),
    ("descriptors_closed_in_an_item", || dies(close_everything, Exit::Signal(9))),
    ("nonsense_written_to_the_socket", || dies(write_everywhere, Exit::Signal(9))),
    ("panic_in_an_item", panics),
    ("panic_without_text", panics_without_text),
    ("panic_with_a_value_that_hangs", panics_and_hangs),
    ("idle_worker_killed", idle_worker_killed),
    ("all_idle_workers_killed", all_idle_workers_killed),
    ("every_item_kills_its_worker", every_item_kills),
    ("item_that_hangs", hangs),
    ("items_in_time", in_time),
    ("pool_dropped_while_an_item_hangs", dropped_while_hanging),
    ("pool_dropped_while_a_worker_is_stopped", dropped_while_stopped),
    ("map_gives_the_first_error", first_error),
    ("sigchld_is_ignored", sigchld_ignored),
    ("a_chunk_survives_its_worker", chunk_survives),
    #[cfg(target_os = "linux")]
    ("a_child_keeps_the_dead_workers_socket", socket_kept),
];

/// 20 items of 5 ms on 2 workers; item 7 is the bad one.
fn twenty(bad: fn() -> u64) -> (Pool<'static, u64, u64>, Tally) {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::new(2, move |x: u64| {
        begun.add(x);
        if x == 7 {
            return bad();
        }
        work_for(Duration::from_millis(5));
        x * x
    });
    (pool.unwrap(), tally)
}

#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work_for(time: Duration) {
    std::thread::sleep(time);
}

/// Item 7 fails; the others are delivered; each was begun once; the pool goes on. Gives the error.
fn only_seven_fails(pool: &Pool<u64, u64>, tally: &Tally) -> Error {
    let mut results = pool.map_all(0..20);
    let error = results.remove(7).unwrap_err();
    assert_eq!(error.item(), Some(7));
    let others: Vec<u64> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(others, (0..20).filter(|&x| x != 7).map(|x| x * x).collect::<Vec<u64>>());
    assert_eq!(tally.sorted(), (0..20).collect::<Vec<u64>>());
    assert_eq!(pool.map(1..4).unwrap(), [1, 4, 9]);
    error
}

fn dies(bad: fn() -> u64, expected: Exit) {
    let (pool, tally) = twenty(bad);
    let error = only_seven_fails(&pool, &tally);
    match error.cause() {
        Cause::Died { exit, .. } => assert_eq!(*exit, expected),
        other => panic!("{other:?}"),
    }
}

fn die_by(signal: Signal) -> u64 {
    raise(signal).unwrap();
    unreachable!("the signal is not blocked")
}

/// A real fault: when the signal is only raised, Rust's handler for stack overflows returns.
fn fault() -> u64 {
    let nowhere = std::ptr::without_provenance::<u64>(16);
    // SAFETY: it is not: nothing is mapped there. That is what this case is about.
    unsafe { nowhere.read_volatile() }
}

fn close_everything() -> u64 {
    for descriptor in 3..100 {
        let _ = nix::unistd::close(descriptor);
    }
    sleep_for_ever()
}

/// Writes nonsense into the worker's socket, the only one that this process has to one of its own
/// name: whatever the test was started with is left alone.
fn write_everywhere() -> u64 {
    for descriptor in 3..100 {
        // SAFETY: the descriptor is only looked at, and closed by nobody in between.
        let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
        let peer = getsockopt(&descriptor, PeerCredentials);
        if peer.is_ok_and(|peer| peer.pid() == nix::unistd::getppid().as_raw()) {
            let _ = nix::unistd::write(descriptor, &[0xff; 500]);
        }
    }
    sleep_for_ever()
}

fn panics() {
    let (pool, tally) = twenty(|| panic!("item seven is {}", "bad"));
    let error = only_seven_fails(&pool, &tally);
    let Cause::Panicked { message, place } = error.cause() else { panic!("{error}") };
    assert_eq!(message, "item seven is bad");
    assert!(place.contains("failures.rs:"), "{place}");
    assert_eq!(error.to_string(), format!("item 7: panicked at {place}: item seven is bad"));
}

fn panics_without_text() {
    let (pool, tally) = twenty(|| std::panic::panic_any(7_u8));
    let error = only_seven_fails(&pool, &tally);
    assert!(matches!(error.cause(), Cause::Panicked { .. }), "{error}");
}

fn kill_worker(pid: u32) {
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
}

/// The time limit covers the drop of the panic's value too: it is the function's code.
fn panics_and_hangs() {
    struct Hangs;
    impl Drop for Hangs {
        fn drop(&mut self) {
            loop {
                nix::unistd::pause();
            }
        }
    }
    let limit = Duration::from_millis(100);
    let pool = Pool::builder().workers(1).time_limit(limit).build(|x: u64| match x {
        1 => std::panic::panic_any(Hangs),
        x => x,
    });
    let results = pool.unwrap().map_all(0..3);
    assert_eq!(*results[1].as_ref().unwrap_err().cause(), Cause::TimedOut { limit });
    assert_eq!((*results[0].as_ref().unwrap(), *results[2].as_ref().unwrap()), (0, 2));
}

fn idle_worker_killed() {
    let pool = Pool::new(2, |_: u64| process::id()).unwrap();
    kill_worker(pool.apply(0).unwrap());
    assert_eq!(pool.map(0..100).unwrap().len(), 100);
}

fn all_idle_workers_killed() {
    let pool = Pool::builder().workers(1).build(|_: u64| process::id()).unwrap();
    for _ in 0..50 {
        let pid = pool.apply(0).unwrap();
        kill_worker(pid);
        assert_ne!(pool.apply(0).unwrap(), pid);
    }
}

fn every_item_kills() {
    let pool = Pool::new(2, |_: u64| process::exit(9)).unwrap();
    let results: Vec<Result<(), Error>> = pool.map_all(0..100);
    assert_eq!(results.len(), 100);
    for (index, result) in results.into_iter().enumerate() {
        let error = result.unwrap_err();
        assert_eq!(error.item(), Some(index));
        let died = matches!(error.cause(), Cause::Died { exit: Exit::Code(9), .. });
        assert!(died, "{error}");
    }
}

fn sleep_for_ever() -> u64 {
    loop {
        work_for(Duration::from_secs(1));
    }
}

fn hangs() {
    let limit = Duration::from_millis(300);
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(2).time_limit(limit).build(move |x: u64| {
        begun.add(x);
        if x == 7 { sleep_for_ever() } else { x * x }
    });
    let pool = pool.unwrap();
    let start = Instant::now();
    let error = only_seven_fails(&pool, &tally);
    assert_eq!(*error.cause(), Cause::TimedOut { limit });
    assert!(start.elapsed() >= limit);
}

/// Many items that end just about at the limit: each is answered or timed out. An item that is
/// answered was run once. One that is timed out was run once or, on a machine that did not let its
/// worker begin before the limit, never.
fn in_time() {
    let limit = Duration::from_millis(4);
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(2).time_limit(limit).build(move |x: u64| {
        begun.add(x);
        work_for(Duration::from_micros(3000 + 10 * (x % 100)));
        x
    });
    let results = pool.unwrap().map_all(0..300);
    let begun = tally.sorted();
    for (item, result) in (0..300).zip(results) {
        let times = begun.iter().filter(|&&x| x == item).count();
        match result {
            Ok(x) => assert_eq!((x, times), (item, 1)),
            Err(error) => {
                assert_eq!(error.item(), Some(item as usize));
                assert_eq!(*error.cause(), Cause::TimedOut { limit });
                assert!(times <= 1, "item {item} was begun {times} times");
            }
        }
    }
}

fn dropped_while_hanging() {
    let pool = Pool::new(2, |_: u64| sleep_for_ever()).unwrap();
    let handle = pool.map_async(0..100);
    assert!(!handle.wait(Duration::from_millis(20)));
    drop(handle);
    let start = Instant::now();
    drop(pool);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

fn dropped_while_stopped() {
    let pool = Pool::new(1, |_: u64| process::id()).unwrap();
    let pid = pool.apply(0).unwrap();
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGSTOP).unwrap();
    drop(pool);
}

fn first_error() {
    let pool = Pool::new(3, |x: u64| assert!(x < 50, "too large")).unwrap();
    for _ in 0..50 {
        assert_eq!(pool.map(0..1000).unwrap_err().item(), Some(50));
    }
    assert_eq!(pool.map(0..50).unwrap().len(), 50);
}

fn sigchld_ignored() {
    // SAFETY: SIG_IGN is no function, so nothing runs in a handler.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.unwrap();
    let (pool, tally) = twenty(|| process::exit(3));
    let error = only_seven_fails(&pool, &tally);
    assert!(matches!(error.cause(), Cause::Died { exit: Exit::Unknown, .. }), "{error}");
}

/// The items of a chunk before and behind the one that kills the worker are delivered.
fn chunk_survives() {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(2).chunk_size(50).build(move |x: u64| {
        begun.add(x);
        if x % 20 == 7 { process::exit(1) } else { x }
    });
    for (index, result) in pool.unwrap().map_all(0..400).into_iter().enumerate() {
        assert_eq!(result.is_err(), index % 20 == 7, "{index}: {result:?}");
        assert_eq!(result.map_or(index as u64, |x| x), index as u64);
    }
    assert!(tally.sorted() == (0..400).collect::<Vec<u64>>());
}

/// The worker's death cannot be seen by end-of-file: its child has the socket too, and lives on.
#[cfg(target_os = "linux")]
fn socket_kept() {
    // The child is an orphan in the end, and comes to this process.
    nix::sys::prctl::set_child_subreaper(true).unwrap();
    let (mut receiver, sender) = std::io::pipe().unwrap();
    let mut sender = Some(sender);
    let pool = Pool::new(1, move |x: u64| {
        if x != 1 {
            return x;
        }
        // SAFETY: a worker has one thread.
        match unsafe { nix::unistd::fork() }.unwrap() {
            nix::unistd::ForkResult::Parent { .. } => process::exit(3),
            nix::unistd::ForkResult::Child => {
                // Until the case ends, and with it the writing end of its pipe.
                drop(sender.take());
                let _ = std::io::Read::read(&mut receiver, &mut [0]);
                process::exit(0)
            }
        }
    });
    let pool = pool.unwrap();
    let results = pool.map_all([0, 1, 2]);
    let error = results[1].as_ref().unwrap_err();
    assert!(matches!(error.cause(), Cause::Died { exit: Exit::Code(3), .. }), "{error}");
    assert_eq!(*results[2].as_ref().unwrap(), 2);
    drop(pool);
    nix::sys::wait::wait().unwrap();
}
