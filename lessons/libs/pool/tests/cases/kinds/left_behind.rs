//! Kind 9: what a worker leaves behind.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use pool::{Cause, Pool};

use super::work_for;
use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    #[cfg(target_os = "linux")]
    ("a_late_worker_takes_its_processes_along", late_with_processes),
    #[cfg(target_os = "linux")]
    ("a_cancelled_worker_takes_its_processes_along", cancelled_with_processes),
    #[cfg(target_os = "linux")]
    ("a_killed_parent_takes_all_along", parent_killed),
    ("a_captured_writer_is_flushed", captured_writer),
    ("state_is_finalised_once_in_each_worker", finaliser),
    ("state_is_dropped_in_recycled_workers", state_is_dropped),
    ("a_finaliser_that_panics_or_hangs", bad_finaliser),
    ("a_panic_in_a_thread_is_told", thread_panics),
    ("a_panic_before_an_abort_is_told", aborts),
    ("the_program_s_own_panic_hook_is_called", own_hook),
    ("what_map_has_begun_holds_up_no_other_call", abandoned),
];

/// A process that lasts, marked by `seconds`.
fn start_sleep(seconds: &str) {
    Command::new("sleep").arg(seconds).status().unwrap();
}

/// Whether a `sleep` of so many seconds is there.
fn sleeps(seconds: &str) -> bool {
    let wanted = format!("sleep\0{seconds}\0");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok())
        .any(|line| line == wanted)
}

fn wait_until_gone(seconds: &str) {
    let start = Instant::now();
    while sleeps(seconds) {
        assert!(start.elapsed() < Duration::from_secs(5), "sleep {seconds} lives on");
        work_for(Duration::from_millis(5));
    }
}

fn late_with_processes() {
    let pool = Pool::builder().workers(2).time_limit(Duration::from_millis(200));
    let pool = pool
        .build(|x: u64| {
            if x == 1 {
                start_sleep("71.1");
            }
        })
        .unwrap();
    let results = pool.map_all(0..4);
    assert!(matches!(results[1].as_ref().unwrap_err().cause(), Cause::TimedOut { .. }));
    wait_until_gone("71.1");
}

fn cancelled_with_processes() {
    let pool = Pool::new(1, |_: u64| start_sleep("72.2")).unwrap();
    let handle = pool.apply_async(0);
    while !sleeps("72.2") {
        assert!(!handle.wait(Duration::from_millis(5)));
    }
    handle.cancel();
    wait_until_gone("72.2");
}

/// The parent is a child of this process.
fn parent_killed() {
    nix::sys::prctl::set_child_subreaper(true).unwrap();
    // SAFETY: this process has one thread.
    match unsafe { nix::unistd::fork() }.unwrap() {
        nix::unistd::ForkResult::Child => {
            let pool = Pool::new(2, |_: u64| start_sleep("73.3")).unwrap();
            let _ = pool.map(0..2);
            std::process::exit(0)
        }
        nix::unistd::ForkResult::Parent { child } => {
            while !sleeps("73.3") {
                work_for(Duration::from_millis(5));
            }
            nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL).unwrap();
        }
    }
    wait_until_gone("73.3");
    while nix::sys::wait::wait().is_ok() {}
}

fn captured_writer() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut log = BufWriter::new(File::options().append(true).open(file.path()).unwrap());
    let pool = Pool::builder().workers(3).build(move |x: u64| writeln!(log, "{x}").unwrap());
    let pool = pool.unwrap();
    pool.map(0..300).unwrap();
    drop(pool);
    assert_eq!(std::fs::read_to_string(file.path()).unwrap().lines().count(), 300);
}

fn finaliser() {
    let (sums, ends) = (Tally::new(), Tally::new());
    let pool = Pool::builder()
        .workers(3)
        .initialiser(|| Ok::<u64, String>(0))
        .finaliser(|sum| {
            sums.add(sum);
            ends.add(std::process::id().into());
        })
        .build_with(|sum: &mut u64, x: u64| *sum += x)
        .unwrap();
    pool.map(0..1000).unwrap();
    let mut workers: Vec<u64> = pool.workers().into_iter().map(u64::from).collect();
    drop(pool);
    workers.sort_unstable();
    assert_eq!(ends.sorted(), workers);
    assert_eq!(sums.sorted().iter().sum::<u64>(), (0..1000).sum::<u64>());
}

fn state_is_dropped() {
    struct Counted<'a>(&'a Tally);
    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.add(1);
        }
    }
    let drops = Tally::new();
    let builder = Pool::builder().workers(1).recycle_after(10).chunk_size(1);
    let builder = builder.initialiser(|| Ok::<_, String>(Counted(&drops)));
    let pool = builder.build_with(|_: &mut Counted<'_>, x: u64| x).unwrap();
    pool.map(0..50).unwrap();
    drop(pool);
    assert!((5..=6).contains(&drops.sorted().len()), "{}", drops.sorted().len());
}

/// The drop of the pool ends, at the latest when the grace is over.
fn bad_finaliser() {
    let finalised = |finaliser: fn(())| {
        let pool = Pool::builder().workers(1).initialiser(|| Ok::<(), String>(()));
        let pool = pool.finaliser(finaliser).build(|x: u64| x).unwrap();
        pool.map(0..10).unwrap();
        let start = Instant::now();
        drop(pool);
        start.elapsed()
    };
    finalised(|()| std::process::abort());
    let took = finalised(|()| work_for(Duration::from_secs(3600)));
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// The thread's panic is the reason, and the worker's only says that there was one.
fn thread_panics() {
    let real = nix::unistd::dup(std::io::stderr()).unwrap();
    nix::unistd::dup2_stderr(File::options().write(true).open("/dev/null").unwrap()).unwrap();
    let pool = Pool::new(1, |x: u64| {
        if x == 1 {
            std::thread::spawn(|| panic!("the real reason")).join().unwrap();
        }
        x
    });
    let results = pool.unwrap().map_all(0..3);
    nix::unistd::dup2_stderr(&real).unwrap();
    let error = results[1].as_ref().unwrap_err();
    assert!(error.to_string().contains("the real reason"), "{error}");
    assert!(results[0].is_ok() && results[2].is_ok());
}

fn aborts() {
    struct Twice;
    impl Drop for Twice {
        fn drop(&mut self) {
            panic!("the second");
        }
    }
    let real = nix::unistd::dup(std::io::stderr()).unwrap();
    nix::unistd::dup2_stderr(File::options().write(true).open("/dev/null").unwrap()).unwrap();
    let pool = Pool::new(1, |x: u64| {
        let _twice = (x == 1).then(|| Twice);
        assert!(x != 1, "the first");
        x
    });
    let results = pool.unwrap().map_all(0..3);
    nix::unistd::dup2_stderr(&real).unwrap();
    let error = results[1].as_ref().unwrap_err();
    assert!(matches!(error.cause(), Cause::Died { .. }), "{error}");
    assert!(error.to_string().contains("the first"), "{error}");
    assert!(results[0].is_ok() && results[2].is_ok());
}

fn own_hook() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let calls = File::options().append(true).open(file.path()).unwrap();
    std::panic::set_hook(Box::new(move |_| (&calls).write_all(b"!").unwrap()));
    let pool = Pool::new(2, |x: u64| assert!(x % 10 != 3)).unwrap();
    let failed = pool.map_all(0..50).into_iter().filter(Result::is_err).count();
    drop(pool);
    let _ = std::panic::take_hook();
    assert_eq!((failed, std::fs::read_to_string(file.path()).unwrap().len()), (5, 5));
}

/// `map` fails at once; the others still run when the next call needs their workers.
fn abandoned() {
    let deaths = RefCell::new(0);
    let pool = Pool::builder().workers(2).chunk_size(1).on_event(|event| {
        *deaths.borrow_mut() += usize::from(matches!(event, pool::Event::Died { .. }));
    });
    let pool = pool.build(|x: u64| {
        // The first fails when the others have begun.
        work_for(if x == 0 { Duration::from_millis(50) } else { Duration::from_millis(x) });
        assert!(x != 0, "bad");
    });
    let pool = pool.unwrap();
    assert_eq!(pool.map([0, 60_000, 60_000]).unwrap_err().item(), Some(0));
    let start = Instant::now();
    pool.map([1, 2, 3]).unwrap();
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}
