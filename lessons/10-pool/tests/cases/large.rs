//! Large items and results.

use nix::sys::resource::{UsageWho, getrusage};
use pool::{Bytes, Pool};

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    ("items_of_every_size", every_size),
    ("items_of_1_mib", || there_and_back(1)),
    ("items_of_100_mib", || there_and_back(100)),
    ("numbers_of_1_mib_by_serde", by_serde),
    ("results_of_100_mib_take_no_more_memory", memory),
    ("large_items_and_a_death", death),
    #[cfg(target_os = "linux")]
    ("workers_that_are_slow_to_say_that_they_are_done", slow_to_say),
];

const MIB: usize = 1 << 20;

/// Around every limit there is: of a message in one piece, of the stage, of a read, of a write.
fn every_size() {
    let pool = Pool::new(2, |mut item: Bytes| {
        item.0.reverse();
        item
    });
    let pool = pool.unwrap();
    let limits = [0, 1, 250, 32 << 10, 64 << 10, 128 << 10, 208 << 10, 256 << 10];
    let sizes = limits.into_iter().flat_map(|limit: usize| (limit.saturating_sub(7))..limit + 7);
    let items: Vec<Bytes> = sizes.map(|size| Bytes((0..size).map(|x| x as u8).collect())).collect();
    for (item, mut result) in items.iter().zip(pool.map(items.clone()).unwrap()) {
        result.0.reverse();
        assert!(*item == result, "{} bytes", item.0.len());
    }
}

fn there_and_back(mib: usize) {
    let pool = Pool::new(2, |item: Bytes| item).unwrap();
    let items: Vec<Bytes> = (1..=3).map(|x| Bytes(vec![x; mib * MIB])).collect();
    let results = pool.map(items.clone()).unwrap();
    assert!(results == items);
}

fn by_serde() {
    let pool = Pool::new(2, |item: Vec<u64>| item).unwrap();
    let items: Vec<Vec<u64>> = (0..5).map(|x| (x..x + 131_072).collect()).collect();
    assert!(pool.map(items.clone()).unwrap() == items);
}

fn peak_mib() -> usize {
    let peak = getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss();
    // Kibibytes, but bytes on macOS.
    usize::try_from(peak).unwrap() / if cfg!(target_os = "macos") { MIB } else { 1024 }
}

fn memory() {
    let pool = Pool::new(2, |byte: u8| Bytes(vec![byte; 100 * MIB])).unwrap();
    let before = peak_mib();
    let results = pool.map([1, 2]).unwrap();
    assert!(results.iter().zip([1, 2]).all(|(bytes, byte)| bytes.0 == vec![byte; 100 * MIB]));
    // The comparison needs 100 more.
    let peak = peak_mib() - before;
    assert!(peak <= 220 + 100, "{peak} MiB for two results of 100 MiB");
}

/// A worker that dies when half of a large item is sent to it, or half of a result has come.
fn death() {
    let pool = Pool::new(2, |item: Bytes| {
        if item.0[0] == 3 {
            std::process::exit(1);
        }
        item
    });
    let items: Vec<Bytes> = (0..8).map(|x| Bytes(vec![x; 4 * MIB])).collect();
    for (index, result) in pool.unwrap().map_all(items.clone()).into_iter().enumerate() {
        match result {
            Ok(bytes) => assert!(bytes == items[index], "item {index}"),
            Err(error) => assert_eq!((index, error.item()), (3, Some(3))),
        }
    }
}

/// The parent has the last byte of a large result before its worker can say that the chunk is
/// done: on one processor the parent comes first. When two workers were at that point, they took
/// a third chunk from each other for ever.
#[cfg(target_os = "linux")]
fn slow_to_say() {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let myself = Pid::from_raw(0);
    let allowed = sched_getaffinity(myself).unwrap();
    let one = (0..CpuSet::count()).find(|&number| allowed.is_set(number).unwrap()).unwrap();
    let mut only = CpuSet::new();
    only.set(one).unwrap();
    sched_setaffinity(myself, &only).unwrap();
    let pool = Pool::builder().workers(8).chunk_size(1).initialiser(|| {
        // SAFETY: `nice` changes nothing in memory.
        let niceness = unsafe { nix::libc::nice(19) };
        if niceness >= 0 { Ok(()) } else { Err("nice") }
    });
    let pool = pool.build(|byte: u8| Bytes(vec![byte; 40_000])).unwrap();
    let items = || (0..2000).map(|x| (x % 251) as u8);
    for (item, result) in items().zip(pool.imap(items())) {
        assert_eq!(result.unwrap().0[39_999], item);
    }
}
