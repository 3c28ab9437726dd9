//! What your `pool_map` must do.

use std::{io, process};

use grader::{Suite, check};
use nix::sys::signal::Signal;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answers::pool_map::{Failure, pool_map};

#[path = "tools.rs"]
mod tools;
use tools::{Barrier, Gate, die, panic_on_purpose};

pub(crate) fn suite() -> Suite {
    Suite::new(
        "pool_map",
        [
            check!(a_slow_item_holds_up_nobody)
                .if_it_hangs(
                    "Item 0 waits, at a pipe of the check, until the nine others are done. Listen to whichever\n\
                     worker answers, and give it the next item. And at the end: no worker may hold a copy of\n\
                     what the parent closes to tell another worker that there is no more to do.",
                )
                .forks(2).see("pool.md#handing-out-work"),
            check!(all_workers_work_at_the_same_time).at_once(3, 3).see("pool.md#workers"),
            check!(workers_take_item_after_item).forks(3).see("pool.md#workers"),
            check!(there_are_no_more_workers_than_items).forks(2).see("pool.md#workers"),
            check!(a_worker_that_dies_costs_one_item).forks(4).see("pool.md#a-worker-that-dies"),
            check!(a_death_is_noticed_while_others_work)
                .if_it_hangs(
                    "Item 1 waits, at a pipe of the check, until item 2 is done, and that is left to a worker that\n\
                     takes the dead one's place. Its death is the end of its stream: no copy of the worker's end\n\
                     may be open in the parent, or in the other worker.",
                )
                .forks(3)
                .see("marshalling.md#who-holds-the-write-end"),
            check!(large_results_arrive_whole).forks(2).see("marshalling.md#pipes"),
            check!(nothing_is_left_open).forks(4).closes_descriptors(),
            check!(a_fork_that_fails_is_an_error).forks(2).fork_fails_after(2),
        ],
    )
}

/// Your function, with an error that can be compared.
fn run<T, R: Serialize + DeserializeOwned + 'static>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> R,
) -> Result<Vec<Result<R, Failure>>, String> {
    pool_map(workers, items, work).map_err(|error| error.to_string())
}

/// There are two workers, and item 0 is not done before the nine others are. Its worker can do
/// nothing else meanwhile, so the other one has to do them all. The results are in the order of
/// the items nevertheless.
fn a_slow_item_holds_up_nobody() {
    let done = Gate::new();
    let items: Vec<usize> = (0..10).collect();
    let results = run(2, &items, |&item| {
        match item {
            0 => (1..10).for_each(|_| done.wait()),
            _ => done.open(),
        }
        item * 10
    });
    assert_eq!(results, Ok((0..10).map(|item| Ok(item * 10)).collect()));
}

/// None of three items is done before all three have been begun.
fn all_workers_work_at_the_same_time() {
    let barrier: Barrier<3> = Barrier::new();
    let results = run(3, &[0, 1, 2], |&item| {
        barrier.pass(item);
        item * 10
    });
    assert_eq!(results, Ok(vec![Ok(0), Ok(10), Ok(20)]));
}

/// To fork for each item would cost more than a small item is worth.
fn workers_take_item_after_item() {
    let results = run(3, &[(); 40], |()| process::id());
    let results = results.map(|results| results.into_iter().collect::<Result<Vec<u32>, Failure>>());
    let Ok(Ok(pids)) = results else { panic!("40 items, of which none fails: {results:?}") };
    assert_eq!(pids.len(), 40, "how many results there are");
    let in_parent = pids.iter().filter(|&&pid| pid == process::id()).count();
    assert_eq!(in_parent, 0, "how many items were done in the parent");
}

/// A worker without an item would be forked for nothing.
fn there_are_no_more_workers_than_items() {
    assert_eq!(run(8, &[1, 2], |item| item * 2), Ok(vec![Ok(2), Ok(4)]), "8 workers, 2 items");
    assert_eq!(run(8, &[0; 0], |item| item * 2), Ok(vec![]), "8 workers, no items");
}

/// The only worker is killed by item 1. A new one is killed by nothing, but exits in item 2; and
/// so on. Items 0 and 4 have results.
fn a_worker_that_dies_costs_one_item() {
    let results = run(1, &[0, 1, 2, 3, 4], |&item| match item {
        1 => die(),
        2 => process::exit(7),
        3 => panic_on_purpose(),
        _ => item * 10,
    });
    let killed = Failure::Killed(Signal::SIGKILL);
    let wanted =
        vec![Ok(0), Err(killed), Err(Failure::Exited(7)), Err(Failure::Exited(101)), Ok(40)];
    assert_eq!(results, Ok(wanted), "items 1 to 3: SIGKILL, exit(7), a panic");
}

/// Item 0 kills its worker. The other worker is not done with item 1 before somebody has done
/// item 2, and that can only be a worker that takes the dead one's place.
fn a_death_is_noticed_while_others_work() {
    let gate = Gate::new();
    let results = run(2, &[0, 1, 2], |&item| {
        match item {
            0 => die(),
            1 => gate.wait(),
            _ => gate.open(),
        }
        item
    });
    assert_eq!(results, Ok(vec![Err(Failure::Killed(Signal::SIGKILL)), Ok(1), Ok(2)]));
}

/// Neither a pipe nor a socket holds so much, and a read brings what there is.
fn large_results_arrive_whole() {
    let lengths = [300_000, 10, 400_000, 300_000];
    let results = run(2, &lengths, |&length| "x".repeat(length));
    let got = results.map(|results| results.into_iter().map(|text| text.map(|text| text.len())));
    assert_eq!(got.map(Vec::from_iter), Ok(lengths.map(Ok).to_vec()), "lengths of the results");
}

/// A pool is made again and again in a program that runs for long.
fn nothing_is_left_open() {
    let results = run(4, &[1, 2, 3, 4], |item| item * 2);
    assert_eq!(results, Ok(vec![Ok(2), Ok(4), Ok(6), Ok(8)]));
}

/// Two workers are there, a third cannot be had. The two must not wait for work for ever.
fn a_fork_that_fails_is_an_error() {
    let results = pool_map(4, &[1, 2, 3, 4, 5], |item| item * 2).map_err(|error| error.kind());
    assert_eq!(results, Err(io::ErrorKind::WouldBlock), "the third fork gave EAGAIN");
}
