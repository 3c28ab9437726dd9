//! Large items and results.

use nix::sys::resource::{UsageWho, getrusage};
use pool::{Bytes, Payload, Pool};

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    ("items_of_every_size", every_size),
    ("items_of_1_mib", || there_and_back(1)),
    ("items_of_100_mib", || there_and_back(100)),
    ("numbers_of_1_mib_by_serde", by_serde),
    ("texts_of_every_size_by_serde", every_size_by_serde),
    ("numbers_of_every_kind", numbers),
    ("results_of_100_mib_take_no_more_memory", memory),
    ("large_items_and_a_death", death),
    #[cfg(target_os = "linux")]
    ("answers_that_come_one_by_one", one_by_one),
];

const MIB: usize = 1 << 20;

/// Around every limit there is: of a message in one piece, of the stage, of a read, of a write.
fn every_size() {
    let pool = Pool::new(2, |mut item: Bytes| {
        item.0.reverse();
        item
    });
    let pool = pool.unwrap();
    let limits = [0, 1, 240, 32 << 10, 64 << 10, 128 << 10, 208 << 10, 256 << 10];
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

/// The same for what serde encodes, which goes to the stage at once if it fits.
fn every_size_by_serde() {
    let pool = Pool::builder().workers(2).chunk_size(3).build(|text: String| text + "!").unwrap();
    let limits = [0, 120, 240, 32 << 10, 64 << 10, 128 << 10];
    let sizes = limits.into_iter().flat_map(|limit: usize| (limit.saturating_sub(9))..limit + 9);
    let items: Vec<String> = sizes.map(|size| "x".repeat(size)).collect();
    for (item, result) in items.iter().zip(pool.map(items.clone()).unwrap()) {
        assert!(result.strip_suffix('!') == Some(item), "{} bytes", item.len());
    }
}

/// Numbers of 64 bits have a way of their own; all others, and those in something, have not.
fn numbers() {
    fn same<T: Payload + Copy + PartialEq + std::fmt::Debug + 'static>(items: &[T]) {
        let pool = Pool::builder().workers(1).chunk_size(2).build(|item: T| item).unwrap();
        assert_eq!(pool.map(items.iter().copied()).unwrap(), items);
    }
    same(&[0, 1, u64::MAX]);
    same(&[0, 1, usize::MAX]);
    same(&[0, -1, i64::MIN, i64::MAX]);
    same(&[0, -1, i32::MIN, i32::MAX]);
    same(&[0.0, -1.5, f64::MAX]);
    same(&[(0, -1), (u64::MAX, i64::MIN)]);
    same(&[None, Some(7_u64)]);
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

/// On one processor the parent has the last byte of a large result before its worker goes on. When
/// two workers are at that point, they must not take the third chunk from each other for ever.
#[cfg(target_os = "linux")]
fn one_by_one() {
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
