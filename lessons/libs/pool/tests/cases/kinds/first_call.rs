//! Kind 8: the first call, of which nothing is known, and results that are larger than the items.

use std::fs;
use std::io::{Read, Write, pipe};

use pool::{Bytes, Pool};

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    ("map_async_as_first_call_makes_no_tiny_chunks", map_async_first),
    ("a_first_chunk_that_takes_long_is_shared", first_chunk_is_shared),
    #[cfg(target_os = "linux")]
    ("imap_bounds_the_bytes_behind_a_slow_item", bytes_behind_a_slow_item),
    #[cfg(target_os = "linux")]
    ("imap_bounds_the_bytes_of_inline_results", inline_bytes),
    ("a_result_larger_than_the_window_is_let_through", larger_than_the_window),
];

/// Resident memory of this process in KiB (`man 5 proc_pid_status`).
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// 8 bytes an item for the items, 8 for the results, and something for the chunks.
fn map_async_first() {
    let pool = Pool::new(2, |x: u64| x + 1).unwrap();
    let before = if cfg!(target_os = "linux") { peak() } else { 0 };
    assert_eq!(pool.map_async(0..1_000_000).join().unwrap().len(), 1_000_000);
    if cfg!(target_os = "linux") {
        assert!(peak() - before < 60_000, "{} KiB", peak() - before);
    }
}

/// As large as the chunks are, an idle worker gets a part of them.
fn first_chunk_is_shared() {
    let pool = Pool::new(2, |_: u64| {
        super::work_for(std::time::Duration::from_millis(1));
        std::process::id()
    });
    let pids = pool.unwrap().map_async(0..300).join().unwrap();
    let first = pids[0];
    let mine = pids.iter().filter(|&&pid| pid == first).count();
    assert!((75..=225).contains(&mine), "{mine} of 300 in one worker");
}

/// By how much memory grows while the first item waits for all the others, and then all are taken.
#[cfg(target_os = "linux")]
fn growth(size: usize, items: usize) -> u64 {
    let (mut receiver, mut sender) = pipe().unwrap();
    let pool = Pool::builder().workers(2).window_bytes(8 << 20).build(move |x: usize| {
        if x == 0 {
            receiver.read_exact(&mut [0]).unwrap();
        }
        Bytes(vec![1; size])
    });
    let pool = pool.unwrap();
    let before = peak();
    let mut taken = 0;
    let mut results = pool.imap((0..items).inspect(|_| {
        taken += 1;
        // When so many are taken that nothing moves but the slow item, it ends.
    }));
    // A thread could not be: the pool forks when a worker dies. So another process ends the item.
    // SAFETY: this process has one thread.
    let child = match unsafe { nix::unistd::fork() }.unwrap() {
        nix::unistd::ForkResult::Child => {
            super::work_for(std::time::Duration::from_millis(1500));
            sender.write_all(&[0]).unwrap();
            // SAFETY: `_exit` may be called anywhere.
            unsafe { nix::libc::_exit(0) }
        }
        nix::unistd::ForkResult::Parent { child } => child,
    };
    assert_eq!(results.next().unwrap().unwrap().0.len(), size);
    nix::sys::wait::waitpid(child, None).unwrap();
    let growth = peak() - before;
    assert_eq!(results.count(), items - 1);
    growth
}

#[cfg(target_os = "linux")]
fn bytes_behind_a_slow_item() {
    let kibibytes = growth(100_000, 4000);
    assert!(kibibytes < 60 << 10, "{kibibytes} KiB for a window of 8 MiB");
}

#[cfg(target_os = "linux")]
fn inline_bytes() {
    let kibibytes = growth(8000, 20_000);
    assert!(kibibytes < 60 << 10, "{kibibytes} KiB for a window of 8 MiB");
}

fn larger_than_the_window() {
    let pool = Pool::builder().workers(2).window_bytes(1).build(|x: u8| vec![x; 100_000]).unwrap();
    for (x, result) in (0..20).zip(pool.imap(0..20)) {
        assert!(result.unwrap() == vec![x; 100_000]);
    }
}
