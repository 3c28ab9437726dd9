//! What your `mini_pool` must do.

use std::{io, process};

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};

use super::answers::mini_pool::mini_pool;

#[path = "edges.rs"]
mod edges;
#[path = "tools.rs"]
mod tools;
use edges::{
    NO_CHILD_TO_WAIT_FOR, assert_long, children_sleep, fail_every_wait, refuse_a_fork_amid_others,
    refuse_forks,
};
use tools::{
    Barrier, Gate, InProgress, Inherited, LITTLE, Marks, Zombie, count, die, panic_on_purpose,
    says_interrupted, slow_work,
};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "mini_pool",
        [
            check!(the_results_are_in_the_order_of_the_items).forks(1 + 2).see("pool.md#map"),
            check!(a_slow_item_holds_up_no_other)
                .if_it_hangs(
                    "Item 0 waits until the nine others are done. Wait for the answer of any worker, and give that\n\
                     worker the next item. If all items are done: no worker may hold a copy of the descriptor that\n\
                     the parent closes to tell another worker that no items are left.",
                )
                .forks(2)
                .see("pool.md#handing-out-work"),
            check!(all_workers_work_at_the_same_time)
                .if_it_hangs(
                    "None of three items is done before all three have begun, so all three workers need an item\n\
                     before you wait for the first answer. If all items are done: a worker reads until every\n\
                     copy of the other end is closed, and a fork copies the ends of the workers before it.\n\
                     Close these copies in each worker.",
                )
                .at_once(3, 3)
                .see("pool.md#workers"),
            check!(workers_take_item_after_item).forks(3).see("pool.md#workers"),
            check!(there_are_no_more_workers_than_items).forks(2).see("pool.md#workers"),
            // A thread for each worker is right too, and the kernel counts threads for a moment after their end.
            check!(many_items_and_large_numbers).forks(2 + 70).at_most(256).memory(8 << 30),
            check!(limits_that_are_never_reached).forks(2),
            check!(nothing_is_left_open).forks(4).closes_descriptors(),
            check!(a_worker_that_ends_is_an_error)
                .if_it_hangs(
                    "A worker ended in the middle of an item. The parent notices this by end-of-file, provided that\n\
                     neither the parent nor another worker holds a copy of the worker's end.",
                )
                .see("pipes.md#who-holds-the-write-end"),
            check!(a_number_may_be_cut_off).see("pipes.md#one-write-is-not-one-read"),
            check!(a_worker_may_die_between_any_two_steps)
                .in_every_order()
                .with_any_child_killed()
                .see("pipes.md#who-holds-the-write-end"),
            check!(a_call_may_transfer_a_part)
                .plant(Call::Write.every().on_pipes().short(3))
                .plant(Call::Read.every().on_pipes().short(3))
                .forks(1)
                .see("pipes.md#the-program"),
            check!(a_signal_interrupts_every_call)
                .plant(Call::Wait.two_of_three().in_parent().interrupted())
                .plant(Call::Poll.two_of_three().in_parent().interrupted())
                .plant(Call::Read.two_of_three().on_pipes().interrupted())
                .plant(Call::Write.two_of_three().on_pipes().interrupted())
                .see("waitpid.md#eintr"),
            check!(a_second_call_is_like_the_first).forks(3 + 2),
            check!(the_parent_sleeps_while_it_waits).forks(2).uses_at_most(LITTLE),
            check!(a_child_of_the_caller_is_not_a_worker).forks(2).see("waitpid.md#one-child-or-any"),
            check!(an_ended_child_of_the_caller_is_not_a_worker)
                .forks(1 + 2)
                .see("waitpid.md#one-child-or-any"),
            check!(a_connection_that_cannot_be_made).closes_descriptors(),
            check!(a_wait_that_fails).if_it_hangs(NO_CHILD_TO_WAIT_FOR).see("waitpid.md#eintr"),
            check!(a_fork_that_fails_is_an_error)
                .fork_fails(3)
                .forks(2)
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
fn run<T>(workers: usize, items: &[T], work: impl Fn(&T) -> u64) -> Result<Vec<u64>, String> {
    mini_pool(workers, items, work).map_err(|error| error.to_string())
}

/// With one worker, and with one for each item.
fn the_results_are_in_the_order_of_the_items() {
    assert_eq!(run(1, &[1, 2, 3], |item| item * 10), Ok(vec![10, 20, 30]), "one worker");
    assert_eq!(run(2, &[1, 2], |item| item * 10), Ok(vec![10, 20]), "two workers");
}

/// There are two workers, and item 0 is not done before the nine others are done. Its worker is busy
/// until then, so the other worker has to do all of them. The results are in the order of the items
/// nevertheless.
fn a_slow_item_holds_up_no_other() {
    let done = Gate::new();
    let items: Vec<u64> = (0..10).collect();
    let results = run(2, &items, |&item| {
        match item {
            0 => (1..10).for_each(|_| done.wait()),
            _ => done.open(),
        }
        item * 10
    });
    assert_eq!(results, Ok((0..10).map(|item| item * 10).collect()));
}

/// None of three items is done before all three have begun.
fn all_workers_work_at_the_same_time() {
    let barrier: Barrier<3> = Barrier::new();
    let results = run(3, &[0, 1, 2], |&item| {
        barrier.pass(item);
        item as u64
    });
    assert_eq!(results, Ok(vec![0, 1, 2]));
}

/// A fork for each item would cost more than the work of a small item.
fn workers_take_item_after_item() {
    let marks = Marks::new();
    let signals = plant(Call::Kill.every().in_parent().is_counted());
    let pids = run(3, &[(); 40], |()| {
        marks.leave();
        process::id().into()
    });
    assert_eq!(marks.count(), 40, "how often `work` was called for 40 items");
    assert_eq!(
        signals.times(),
        0,
        "the number of signals that the parent sent. A worker ends by itself when there are no more items."
    );
    let Ok(pids) = pids else { panic!("none of the 40 items fails, but the result was {pids:?}") };
    assert_eq!(pids.len(), 40, "the number of results");
    let in_parent = pids.iter().filter(|&&pid| pid == u64::from(process::id())).count();
    assert_eq!(in_parent, 0, "the number of items that were done in the parent");
}

/// A worker without an item would be useless.
fn there_are_no_more_workers_than_items() {
    assert_eq!(run(8, &[1, 2], |item| item * 2), Ok(vec![2, 4]), "8 workers, 2 items");
    assert_eq!(run(8, &[0; 0], |item| item * 2), Ok(vec![]), "8 workers, no items");
}

/// All 64 bits of a number travel; 1100 items are more than a byte can count.
fn many_items_and_large_numbers() {
    let large = [0, u64::MAX, 1 << 32, (1 << 53) + 1];
    assert_eq!(run(2, &large, |item| *item), Ok(large.to_vec()), "numbers of 64 bits");
    let items: Vec<u64> = (0..1100).collect();
    let wanted: Vec<u64> = items.iter().map(|item| item + 1).collect();
    assert_long(run(70, &items, |item| item + 1), &wanted, "70 workers, 1100 items");
}

/// Any number of workers is allowed, but no more are forked than there are items.
fn limits_that_are_never_reached() {
    assert_eq!(run(usize::MAX, &[1, 2], |item| item * 2), Ok(vec![2, 4]), "2 items");
}

/// A long-running program may create a pool many times.
fn nothing_is_left_open() {
    assert_eq!(run(4, &[1, 2, 3, 4], |item| item * 2), Ok(vec![2, 4, 6, 8]));
}

/// A worker ends by a panic, by `exit` (even with status 0), or by a signal. The result is an error,
/// whatever the other worker does, and all workers have ended by then.
fn a_worker_that_ends_is_an_error() {
    let results = run(1, &[0, 1], |&item| if item == 1 { process::exit(0) } else { item });
    assert!(
        results.is_err(),
        "the only worker called exit(0) during the last item\ngot:    {results:?}"
    );
    for (how, what) in ["a panic", "exit(0)", "SIGKILL"].into_iter().enumerate() {
        let ended = Marks::new();
        let results = run(2, &[0, 1, 2, 3], |&item| {
            match (item, how) {
                (1, 0) => panic_on_purpose(),
                (1, 1) => process::exit(0),
                (1, _) => die(),
                (0, _) => ended.work(),
                _ => {}
            }
            item
        });
        assert!(results.is_err(), "a worker ended by {what}\ngot:    {results:?}");
        let finished = ended.are_left_by_no_more_than(1);
        assert!(
            finished == 1,
            "A worker ended by {what}. The other one was still working when your function returned: wait\n\
             for all workers, and then return the error."
        );
    }
}

/// The only worker is killed in one of its first writes, after each number of bytes. Part of a number
/// is not a result, although its digits are a number too.
fn a_number_may_be_cut_off() {
    const LARGE: u64 = 12_345_678_901_234_567_890;
    for (write, bytes) in (1..=2).flat_map(|write| (0..21).map(move |bytes| (write, bytes))) {
        let torn = plant(Call::Write.nth(write).in_child(0).on_pipes().torn_after(bytes));
        let results = run(1, &[1], |_| LARGE);
        if torn.happened() {
            // The last bytes may have no meaning, such as a newline; then the result is complete.
            let right = results.as_ref().map_or(true, |results| *results == [LARGE]);
            let bytes = count(bytes, "byte", "bytes");
            let what = format!("the worker was killed in its write {write}, after {bytes}");
            assert!(right, "{what}; its result was {LARGE}\ngot:    {results:?}");
        }
    }
}

/// Any of two workers may be killed between any two of its steps, in every order of all steps. If it has
/// answered by then, the results are right; otherwise there is an error.
fn a_worker_may_die_between_any_two_steps() {
    let results = run(2, &[10, 20], |item| item * 2);
    assert!(
        results.as_ref().map_or(true, |results| *results == [20, 40]),
        "the work doubles 10 and 20\ngot:    {results:?}"
    );
}

/// A read or write transfers at most 3 bytes; it returns how many.
fn a_call_may_transfer_a_part() {
    let results = run(1, &[1 << 40, 2, 3], |item| item + 1);
    assert_eq!(results, Ok(vec![(1 << 40) + 1, 3, 4]), "each call transferred at most 3 bytes");
}

/// A signal handler ran, and the call fails with EINTR. No worker has ended, so repeat the call.
fn a_signal_interrupts_every_call() {
    let results = mini_pool(2, &[1, 2, 3], |item| item * 2);
    if !says_interrupted(results.as_ref().err().and_then(io::Error::raw_os_error)) {
        let results = results.map_err(|error| error.to_string());
        assert_eq!(results, Ok(vec![2, 4, 6]), "two of three calls failed with EINTR");
    }
}

/// The first call leaves nothing behind that affects the second, in which the workers have what the caller had.
fn a_second_call_is_like_the_first() {
    assert_eq!(run(3, &[1, 2, 3], |item| item * 2), Ok(vec![2, 4, 6]), "three items");
    let inherited = Inherited::new();
    let results = run(2, &[4, 5], |item| {
        inherited.look();
        item * 2
    });
    inherited.assert_all();
    assert_eq!(results, Ok(vec![8, 10]), "a second call, with two");
}

/// The parent has nothing to do except wait, and after item 2 neither has its worker.
fn the_parent_sleeps_while_it_waits() {
    let results = children_sleep(|| {
        run(2, &[1, 2], |item| {
            slow_work(if *item == 1 { 200 } else { 0 });
            item * 2
        })
    });
    assert_eq!(results, Ok(vec![2, 4]), "item 1 took 0.2 s");
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_is_not_a_worker() {
    let _stranger = Stranger::alive();
    assert_eq!(run(2, &[1, 2, 3], |item| item * 2), Ok(vec![2, 4, 6]));
}

/// The caller's own child has already ended, and `wait` may reap it.
fn an_ended_child_of_the_caller_is_not_a_worker() {
    let _zombie = Zombie::new();
    assert_eq!(run(2, &[1, 2, 3], |item| item * 2), Ok(vec![2, 4, 6]));
}

/// The first or any other pipe or socket pair cannot be created: too many descriptors are open.
fn a_connection_that_cannot_be_made() {
    tools::refuse_what_connects(|| mini_pool(3, &[1, 2, 3], |item| item * 2));
}

/// The fork of any worker may fail, for want of processes or of memory.
fn whichever_fork_fails() {
    refuse_forks(|| mini_pool(3, &[1, 2, 3], |item| *item).map_err(|error| error.raw_os_error()));
}

/// Every wait fails. The function returns nevertheless.
fn a_wait_that_fails() {
    fail_every_wait(|| run(2, &[1, 2], |item| *item), &vec![1, 2]);
}

/// The third fork fails, the waits for the children before it are interrupted, and other children of the caller
/// are there.
fn a_fork_that_fails_amid_others() {
    refuse_a_fork_amid_others(|| {
        let result = mini_pool(4, &[1, 2, 3, 4], |item| *item);
        result.map_err(|error| error.raw_os_error())
    });
}

/// Two workers exist, and a third cannot be forked. The items that the two have are done; no other item
/// is begun.
fn a_fork_that_fails_is_an_error() {
    let items = InProgress::new();
    let results = mini_pool(4, &[1, 2, 3, 4, 5, 6, 7], |item| {
        items.work();
        *item
    });
    let kind = results.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::WouldBlock), "the third fork failed with EAGAIN");
    items.assert_finished(2);
}
