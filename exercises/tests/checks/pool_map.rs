//! What your `pool_map` must do.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{Read, Write, pipe};
use std::time::Duration;
use std::{io, process};

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};
use nix::sys::signal::Signal;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answers::pool_map::{Failure, pool_map};

#[path = "edges.rs"]
mod edges;
#[path = "pool_map/faults.rs"]
mod faults;
#[path = "tools.rs"]
mod tools;
use edges::{NO_CHILD_TO_WAIT_FOR, assert_long, children_sleep, end_like, told_of_ends};
use faults::{
    a_connection_that_cannot_be_made, a_fork_that_fails_amid_others, a_fork_that_fails_is_an_error,
    a_replacement_that_cannot_be_forked, a_wait_that_fails, whichever_fork_fails,
};
use tools::{
    Barrier, Gate, Inherited, LITTLE, Marks, Zombie, die, panic_on_purpose, says_interrupted,
    slow_work,
};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "pool_map",
        [
            check!(a_slow_item_holds_up_no_other)
                .if_it_hangs(
                    "Item 0 waits until the nine others are done. Wait for the answer of any worker, and give that\n\
                     worker the next item. At the end, no worker may hold a copy of the descriptor that the parent\n\
                     closes to tell another worker that no items are left.",
                )
                .forks(2).see("pool.md#handing-out-work"),
            check!(all_workers_work_at_the_same_time).at_once(3, 3).see("pool.md#workers"),
            check!(workers_take_item_after_item).forks(3).see("pool.md#workers"),
            check!(there_are_no_more_workers_than_items).forks(2).see("pool.md#workers"),
            check!(a_worker_that_dies_costs_one_item).forks(4).see("pool.md#a-worker-that-dies"),
            check!(a_worker_dies_in_any_order)
                .in_every_order()
                .see("pool.md#a-worker-that-dies"),
            check!(a_death_is_noticed_while_others_work)
                .if_it_hangs(
                    "Item 1 waits until item 2 is done, which needs a worker that replaces the dead one. The parent\n\
                     notices the death by end-of-file, so no copy of the dead worker's end may be open in the\n\
                     parent or in the other worker.",
                )
                .forks(3)
                .see("pipes.md#who-holds-the-write-end"),
            check!(large_results_arrive_whole).forks(2).see("pipes.md#capacity"),
            check!(results_may_be_of_any_kind).forks(2 + 2).see("marshalling.md#json"),
            check!(nothing_is_left_open).forks(4).closes_descriptors(),
            check!(a_result_may_be_cut_off).see("marshalling.md#damaged-data"),
            check!(a_number_may_be_cut_off).see("marshalling.md#damaged-data"),
            check!(a_worker_may_die_between_any_two_steps)
                .in_every_order()
                .with_any_child_killed()
                .see("pool.md#a-worker-that-dies"),
            check!(a_worker_may_die_at_any_moment)
                .within(Duration::from_secs(8))
                .see("pool.md#a-worker-that-dies"),
            check!(a_death_when_nothing_is_left)
                .forks(2)
                .fork_fails(3)
                .see("pool.md#a-worker-that-dies"),
            check!(every_item_ends_its_worker).forks(10 + 10).see("pool.md#a-worker-that-dies"),
            check!(a_result_that_json_cannot_hold).see("marshalling.md#json"),
            check!(a_call_may_transfer_a_part)
                .plant(Call::Write.every().on_pipes().short(3))
                .plant(Call::Read.every().on_pipes().short(3))
                .forks(2)
                .see("pipes.md#the-program"),
            check!(a_signal_interrupts_every_call)
                .plant(Call::Wait.two_of_three().in_parent().interrupted())
                .plant(Call::Poll.two_of_three().in_parent().interrupted())
                .plant(Call::Read.two_of_three().on_pipes().interrupted())
                .plant(Call::Write.two_of_three().on_pipes().interrupted())
                .see("waitpid.md#eintr"),
            check!(limits_that_are_never_reached).forks(2 + 70).at_most(80),
            check!(a_second_call_is_like_the_first).forks(3 + 2),
            check!(the_parent_sleeps_while_it_waits).forks(2).uses_at_most(LITTLE),
            check!(a_child_of_the_caller_is_not_a_worker)
                .forks(2)
                .see("waitpid.md#one-child-or-any"),
            check!(an_ended_child_of_the_caller_is_not_a_worker)
                .see("waitpid.md#one-child-or-any"),
            check!(a_connection_that_cannot_be_made).closes_descriptors(),
            check!(a_wait_that_fails).if_it_hangs(NO_CHILD_TO_WAIT_FOR).see("waitpid.md#eintr"),
            check!(a_replacement_that_cannot_be_forked)
                .forks(2)
                .closes_descriptors()
                .see("pool.md#a-worker-that-dies"),
            check!(a_fork_that_fails_is_an_error)
                .forks(2)
                .fork_fails(3)
                .closes_descriptors()
                .see("many-forks.md#a-fork-that-fails"),
            check!(whichever_fork_fails)
                .closes_descriptors()
                .see("many-forks.md#a-fork-that-fails"),
            check!(a_fork_that_fails_amid_others).see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

/// Calls your function, and returns an error that can be compared.
fn run<T, R: Serialize + DeserializeOwned + 'static>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> R,
) -> Result<Vec<Result<R, Failure>>, String> {
    pool_map(workers, items, work).map_err(|error| error.to_string())
}

/// There are two workers, and item 0 is not done before the nine others are done. Its worker is busy
/// until then, so the other worker has to do all of them. The results are in the order of the items
/// nevertheless.
fn a_slow_item_holds_up_no_other() {
    let done = Gate::new();
    let items: Vec<usize> = (0..10).collect();
    let results = run(2, &items, |&item| {
        match item {
            0 => (1..10).for_each(|_| done.wait()),
            _ => done.open(),
        }
        item * 10
    });
    let wanted = (0..10).map(|item| Ok(item * 10)).collect();
    assert_eq!(results, Ok(wanted), "the results, in the order of the items");
}

/// None of three items is done before all three have begun.
fn all_workers_work_at_the_same_time() {
    let barrier: Barrier<3> = Barrier::new();
    let results = run(3, &[0, 1, 2], |&item| {
        barrier.pass(item);
        item * 10
    });
    assert_eq!(results, Ok(vec![Ok(0), Ok(10), Ok(20)]));
}

/// A fork for each item would cost more than the work of a small item.
fn workers_take_item_after_item() {
    let marks = Marks::new();
    let signals = plant(Call::Kill.every().in_parent().is_counted());
    let results = run(3, &[(); 40], |()| {
        marks.leave();
        process::id()
    });
    assert_eq!(marks.count(), 40, "how often `work` was called for 40 items");
    assert_eq!(
        signals.times(),
        0,
        "the number of signals that the parent sent. A worker ends by itself when there are no more items."
    );
    let results = results.map(|results| results.into_iter().collect::<Result<Vec<u32>, Failure>>());
    let Ok(Ok(pids)) = results else {
        panic!("none of the 40 items fails, but the result was {results:?}")
    };
    assert_eq!(pids.len(), 40, "the number of results");
    let in_parent = pids.iter().filter(|&&pid| pid == process::id()).count();
    assert_eq!(in_parent, 0, "the number of items that were done in the parent");
}

/// A worker without an item would be useless.
fn there_are_no_more_workers_than_items() {
    assert_eq!(run(8, &[1, 2], |item| item * 2), Ok(vec![Ok(2), Ok(4)]), "8 workers, 2 items");
    assert_eq!(run(8, &[0; 0], |item| item * 2), Ok(vec![]), "8 workers, no items");
}

/// Each of ten items ends its worker. Shells report a signal as a status above 128; a parent can tell them apart.
fn every_item_ends_its_worker() {
    let ends = told_of_ends(Failure::Exited, Failure::Killed).into_iter();
    let five: Vec<_> = ends.chain([Failure::Exited(0)]).map(Err).collect();
    for workers in [1, 2] {
        let results = run(workers, &[0, 1, 2, 3, 4, 0, 1, 2, 3, 4], |&end| -> u8 {
            if end == 4 { process::exit(0) } else { end_like(end) }
        });
        let wanted = [five.clone(), five.clone()].concat();
        assert_eq!(results, Ok(wanted), "twice: exit(137), exit(255), SIGTERM, SIGUSR1, exit(0)");
    }
}

/// Item 0 kills its worker, before or after the other worker has done item 1, and between any two
/// calls of your function.
fn a_worker_dies_in_any_order() {
    let results = run(2, &[0, 1], |&item| if item == 0 { die() } else { item });
    let killed = Failure::Killed(Signal::SIGKILL);
    assert_eq!(results, Ok(vec![Err(killed), Ok(1)]), "item 0 killed its worker");
}

/// Item 1 kills the only worker. Its replacement exits in item 2, and the next one panics in item 3.
/// Items 0 and 4 have results.
fn a_worker_that_dies_costs_one_item() {
    let (mut pids, writer) = pipe().expect("a pipe for the check");
    let results = run(1, &[0, 1, 2, 3, 4], |&item| {
        (&writer).write_all(&process::id().to_ne_bytes()).expect("a PID into the check's pipe");
        match item {
            1 => die(),
            2 => process::exit(7),
            3 => panic_on_purpose(),
            _ => item * 10,
        }
    });
    drop(writer);
    let mut of_items = Vec::new();
    pids.read_to_end(&mut of_items).expect("PIDs from the check's pipe");
    if let [_, _, _, panicked, last] = of_items.as_chunks::<4>().0 {
        assert!(
            panicked != last,
            "Item 3 panicked, and its worker continued with item 4. A worker that panics must end with status 101."
        );
    }
    let killed = Failure::Killed(Signal::SIGKILL);
    let wanted =
        vec![Ok(0), Err(killed), Err(Failure::Exited(7)), Err(Failure::Exited(101)), Ok(40)];
    assert_eq!(results, Ok(wanted), "items 1 to 3: SIGKILL, exit(7), a panic");
}

/// Item 0 kills its worker. The other worker cannot finish item 1 before item 2 is done, which only a
/// replacement of the dead worker can do.
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

/// Neither a pipe nor a socket holds that much, and a read returns only the bytes that are there.
fn large_results_arrive_whole() {
    let lengths = [300_000, 10, 3_000_000, 300_000];
    let results = run(2, &lengths, |&length| "x".repeat(length));
    let got = results.map(|results| results.into_iter().map(|text| text.map(|text| text.len())));
    assert_eq!(got.map(Vec::from_iter), Ok(lengths.map(Ok).to_vec()), "lengths of the results");
}

/// A result may have parts, contain any character, or take no memory.
fn results_may_be_of_any_kind() {
    let texts = [vec![], vec!["of two\nlines\r\n", "", "\0"], vec![" é\"\\, ", "null"]];
    let wanted = texts.clone().map(|parts| Ok(parts.into_iter().map(String::from).collect()));
    let results = run(2, &texts, |parts| -> Vec<String> {
        parts.iter().map(|part| (*part).to_owned()).collect()
    });
    assert_eq!(results, Ok(wanted.to_vec()), "lists of strings");
    assert_eq!(run(2, &[1, 2, 3], |_| ()), Ok(vec![Ok(()); 3]), "three times ()");
}

/// A long-running program may create a pool many times.
fn nothing_is_left_open() {
    let results = run(4, &[1, 2, 3, 4], |item| item * 2);
    assert_eq!(results, Ok(vec![Ok(2), Ok(4), Ok(6), Ok(8)]));
}

/// A worker dies during one of its writes, after any number of bytes, even in the middle of a letter
/// of two bytes. The bytes that have arrived are not a result.
fn a_result_may_be_cut_off() {
    cut_everywhere(|| "ééé".to_owned());
}

/// The same with a number. Its first digits are a number too, but not the result.
fn a_number_may_be_cut_off() {
    cut_everywhere(|| 12345);
}

/// The result of a worker that is killed in one of its first writes, after each number of bytes.
#[track_caller]
fn cut_everywhere<R>(work: impl Fn() -> R)
where
    R: Serialize + DeserializeOwned + Debug + PartialEq + 'static,
{
    for (write, bytes) in (1..=2).flat_map(|write| (0..8).map(move |bytes| (write, bytes))) {
        let torn = plant(Call::Write.nth(write).in_child(0).on_pipes().torn_after(bytes));
        let results = run(1, &[1], |_| work());
        if torn.happened() {
            let cut = results == Ok(vec![Err(Failure::Killed(Signal::SIGKILL))]);
            // The last bytes may have no meaning, such as a newline; then the result is complete.
            let whole = results == Ok(vec![Ok(work())]);
            let what =
                format!("the worker was killed in its write {write} (bytes written: {bytes})");
            assert!(cut || whole, "{what}\ngot:    {results:?}");
        }
    }
}

/// The first of two workers is killed at its first system call, then at its second, and so on. This
/// costs at most one item: the one that it had, or that was being sent to it.
fn a_worker_may_die_at_any_moment() {
    for call in 1..100 {
        let killed = plant(Call::Any.nth(call).in_child(0).killed_by(Signal::SIGKILL));
        let results = run(2, &[0, 1, 2, 3], |item| item * 2);
        let happened = killed.happened();
        drop(killed);
        let Ok(results) = results else {
            panic!("a worker was killed at its call {call}: {results:?}")
        };
        let right = |(item, result): (usize, &Result<usize, Failure>)| match result {
            Ok(result) => *result == item * 2,
            Err(failure) => *failure == Failure::Killed(Signal::SIGKILL),
        };
        let all_right = results.len() == 4 && results.iter().enumerate().all(right);
        let failed = results.iter().filter(|result| result.is_err()).count();
        assert!(
            all_right && failed <= 1,
            "A worker was killed at its call {call}. The items were 0 to 3, and the work doubles them.\n\
             got:    {results:?}"
        );
        if !happened {
            break; // it makes fewer calls
        }
    }
}

/// The same in every order of the worker's steps and those of your function. One worker does both items.
fn a_worker_may_die_between_any_two_steps() {
    let results = run(1, &[10, 20], |item| item * 2);
    let killed = |result: &Result<i32, Failure>| *result == Err(Failure::Killed(Signal::SIGKILL));
    let mut wanted = vec![Ok(20), Ok(40)];
    if let Some(index) = results.iter().flatten().position(killed) {
        wanted[index] = Err(Failure::Killed(Signal::SIGKILL));
    }
    assert_eq!(
        results,
        Ok(wanted),
        "the work doubles 10 and 20; if a worker is killed before it has answered, its item is\n\
         Err(Killed(SIGKILL)) instead"
    );
}

/// Both items have been handed out when one of them kills its worker. A new worker would have nothing
/// to do, so it is no error that none can be forked.
fn a_death_when_nothing_is_left() {
    let barrier: Barrier<2> = Barrier::new();
    let results = run(2, &[0, 1], |&item| {
        barrier.pass(item);
        if item == 0 { die() } else { item }
    });
    let wanted = vec![Err(Failure::Killed(Signal::SIGKILL)), Ok(1)];
    assert_eq!(results, Ok(wanted), "all items had been handed out, so no new worker was needed");
}

/// In JSON, the keys of a map must be strings. The worker notices this, and reports it by its status.
fn a_result_that_json_cannot_hold() {
    let results = run(1, &[1, 2], |&item| {
        let keys = if item == 1 { vec![((1, 2), 3)] } else { vec![] };
        BTreeMap::from_iter(keys)
    });
    let right = matches!(results.as_deref(), Ok([Err(Failure::Exited(1..)), Ok(_)]));
    assert!(
        right,
        "JSON cannot hold the map of item 1; the map of item 2 is empty.\ngot:    {results:?}"
    );
}

/// A read or write transfers at most 3 bytes; it returns how many.
fn a_call_may_transfer_a_part() {
    let results = run(2, &[1, 2, 3], |item| "x".repeat(*item * 50));
    let wanted = [50, 100, 150].map(|length| Ok("x".repeat(length)));
    assert_eq!(results, Ok(wanted.to_vec()), "each call transferred at most 3 bytes");
}

/// A signal handler ran, and the call fails with EINTR. No worker is dead, so repeat the call.
fn a_signal_interrupts_every_call() {
    let results = pool_map(2, &[1, 2, 3], |item| item * 2);
    if !says_interrupted(results.as_ref().err().and_then(io::Error::raw_os_error)) {
        let results = results.map_err(|error| error.to_string());
        assert_eq!(results, Ok(vec![Ok(2), Ok(4), Ok(6)]), "two of three calls failed with EINTR");
    }
}

/// Any number of workers is allowed, but no more are forked than there are items. Then there are seventy.
fn limits_that_are_never_reached() {
    assert_eq!(run(usize::MAX, &[1, 2], |item| item * 2), Ok(vec![Ok(2), Ok(4)]), "2 items");
    let items: Vec<usize> = (0..1100).collect();
    let wanted: Vec<_> = items.iter().map(|item| Ok(item + 1)).collect();
    assert_long(run(70, &items, |item| item + 1), &wanted, "70 workers, 1100 items");
}

/// The first call leaves nothing behind that affects the second, in which the workers have what the caller had.
fn a_second_call_is_like_the_first() {
    assert_eq!(run(3, &[1, 2, 3], |item| item * 2), Ok(vec![Ok(2), Ok(4), Ok(6)]), "three items");
    let inherited = Inherited::new();
    let results = run(2, &[4, 5], |item| {
        inherited.look();
        item * 2
    });
    inherited.assert_all();
    assert_eq!(results, Ok(vec![Ok(8), Ok(10)]), "a second call, with two");
}

/// The parent has nothing to do except wait, and after item 2 neither has its worker.
fn the_parent_sleeps_while_it_waits() {
    let results = children_sleep(|| {
        run(2, &[1, 2], |item| {
            slow_work(if *item == 1 { 200 } else { 0 });
            item * 2
        })
    });
    assert_eq!(results, Ok(vec![Ok(2), Ok(4)]), "item 1 took 0.2 s");
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_is_not_a_worker() {
    let _stranger = Stranger::alive();
    assert_eq!(run(2, &[1, 2, 3], |item| item * 2), Ok(vec![Ok(2), Ok(4), Ok(6)]));
}

/// The caller's own child has already ended, and `wait` may reap it.
fn an_ended_child_of_the_caller_is_not_a_worker() {
    let _zombie = Zombie::new();
    let results = run(2, &[1, 2, 3], |&item| if item == 1 { die() } else { item * 2 });
    let killed = Failure::Killed(Signal::SIGKILL);
    assert_eq!(results, Ok(vec![Err(killed), Ok(4), Ok(6)]), "item 1 kills its worker");
}
