//! What your `batches` and `work_in_children` must do.

use std::cell::Cell;
use std::time::Duration;

use grader::{Stranger, Suite, check, panic_on_purpose};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

use super::answers::divide_jobs::{batches, work_in_children};

#[path = "meeting.rs"]
mod meeting;
use meeting::{Meeting, Turns};
#[path = "tools.rs"]
mod tools;
use tools::{
    End, Inherited, LITTLE, Marks, Pids, Stop, Zombie, a_failed_wait_is, child_ends_otherwise, die,
    no_memory_for_fork, slow_work, wait_for_what_is_left,
};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "divide_jobs",
        [
            check!(ten_items_in_four_batches).forks(0).see("fork-skeleton.md#fair-batches"),
            check!(any_number_of_items_in_any_number_of_batches)
                .forks(0)
                .memory(64 << 20)
                .within(Duration::from_secs(10))
                .see("fork-skeleton.md#fair-batches"),
            check!(many_items_and_items_without_size).forks(0).see("fork-skeleton.md#fair-batches"),
            check!(each_batch_has_a_child).forks(3).see("fork-skeleton.md#a-child-for-each-batch"),
            check!(the_children_work_at_the_same_time)
                .if_it_hangs(
                    "No child ends before all four are running.\n\
                     Do you wait for one child before you have forked the next?",
                )
                .forks(4)
                .at_once(4, 4)
                .see("many-forks.md#first-fork-all-then-wait"),
            check!(the_statuses_are_in_the_order_of_the_batches).forks(7),
            check!(fewer_items_than_children).forks(2 + 2),
            check!(seventy_children).forks(70).at_most(80),
            check!(no_items_at_all).forks(0),
            check!(a_panic_is_exit_status_101).forks(2).see("fork-basics.md#panics"),
            check!(a_signal_is_not_an_exit_status).forks(2).see("waitpid.md#signals"),
            check!(a_stop_is_not_an_end).forks(2).see("waitpid.md#stopped-is-not-ended"),
            check!(a_second_call_is_like_the_first).forks(3 + 2),
            check!(the_statuses_name_the_children).forks(3).see("waitpid.md#the-status-word"),
            check!(how_the_children_have_really_ended).forks(2).see("waitpid.md#the-status-word"),
            check!(work_may_have_children_too).forks(2 + 2 * 2),
            check!(work_finds_what_the_caller_had).forks(2).see("fork-basics.md#two-memories"),
            check!(a_child_of_the_caller_has_no_batch).forks(2).see("waitpid.md#one-child-or-any"),
            check!(an_ended_child_of_the_caller_has_no_batch)
                .forks(1 + 2)
                .see("waitpid.md#one-child-or-any"),
            check!(the_parent_sleeps_while_it_waits).forks(2).uses_at_most(LITTLE),
            check!(a_wait_that_fails_is_an_error).forks(2),
            check!(when_a_fork_fails_the_others_finish)
                .fork_fails(3)
                .forks(2)
                .see("many-forks.md#a-fork-that-fails"),
            check!(when_the_first_fork_fails_there_is_no_child)
                .forks(0)
                .see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

/// 10 divided by 4 is 2, remainder 2: two batches have one item more than the others.
fn ten_items_in_four_batches() {
    check_batches(10, 4);
}

/// 0 to 20 items in 1 to 9 batches, including all special cases: no remainder, fewer items than
/// batches, no items at all.
fn any_number_of_items_in_any_number_of_batches() {
    for items in 0..=20 {
        for count in 1..=9 {
            check_batches(items, count);
        }
    }
}

fn check_batches(length: usize, count: usize) {
    let items: Vec<usize> = (1..=length).collect();
    let batches = batches(&items, count);
    let batches_wanted = tools::count(count, "batch", "batches");
    let what = format!("{} in {batches_wanted}", tools::count(length, "item", "items"));
    assert_eq!(batches.concat(), items, "{what}: the items of all batches, in order");
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.len()).collect();
    let most = sizes.iter().max().copied().unwrap_or_default();
    let fewest = sizes.iter().min().copied().unwrap_or_default();
    let shown = match sizes.len() {
        0..20 => format!("the sizes {sizes:?}"),
        many => format!("{many} sizes from {fewest} to {most}"),
    };
    assert!(!sizes.contains(&0), "{what}: got {shown}, but no batch may be empty");
    assert_eq!(sizes.len(), count.min(length), "{what}: the number of batches; got {shown}");
    assert!(most <= fewest + 1, "{what}: got {shown}; sizes may differ by at most one");
}

/// 1,000 items in up to 500 batches; 3 items in as many batches as a number can count; and 20,000,001 items of a type without content, more than a
/// 32-bit floating-point number can count exactly.
fn many_items_and_items_without_size() {
    for count in [7, 256, 300, 500] {
        check_batches(1000, count);
    }
    check_batches(3, usize::MAX);
    check_batches(0, usize::MAX);
    let batches = batches(&[(); 20_000_001], 2);
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.len()).collect();
    let fair = sizes == [10_000_000, 10_000_001] || sizes == [10_000_001, 10_000_000];
    assert!(fair, "20000001 items of the type () in 2 batches: got the sizes {sizes:?}");
}

/// The exit status of each child; `None` if the child did not exit.
fn run(items: &[u8], count: usize, work: impl Fn(&[u8]) -> u8) -> Vec<Option<i32>> {
    let ended = work_in_children(items, count, work).unwrap_or_else(|error| {
        panic!("Your function returned the error {error}, although nothing went wrong.")
    });
    let status = |ended: &WaitStatus| match ended {
        WaitStatus::Exited(_, status) => Some(*status),
        _ => None,
    };
    ended.iter().map(status).collect()
}

/// The sorted result of `run`, for checks in which the order does not matter.
fn run_and_sort(items: &[u8], count: usize, work: impl Fn(&[u8]) -> u8) -> Vec<Option<i32>> {
    let mut statuses = run(items, count, work);
    statuses.sort_unstable();
    statuses
}

/// Every child adds up only its own batch. The parent only waits.
fn each_batch_has_a_child() {
    let items = [1, 2, 3, 4, 5, 6, 7];
    let calls = Cell::new(0);
    let sums = run_and_sort(&items, 3, |batch| {
        calls.set(calls.get() + 1);
        batch.iter().sum()
    });
    let wanted = batches(&items, 3).into_iter().map(|batch| Some(batch.iter().sum::<u8>().into()));
    let mut wanted: Vec<Option<i32>> = wanted.collect();
    wanted.sort_unstable();
    assert_eq!(sums, wanted, "7 items in 3 children, each of which returned the sum of its batch");
    assert_eq!(calls.get(), 0, "how often the parent called the work itself");
}

/// No child ends before all four are running.
fn the_children_work_at_the_same_time() {
    let meeting = Meeting::of(4);
    let numbers = run_and_sort(&[0, 1, 2, 3], 4, |batch| {
        meeting.attend(batch[0].into());
        batch[0]
    });
    assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3)], "each child returned its item");
}

/// The last child ends first, but its status is the last in the result nevertheless.
fn the_statuses_are_in_the_order_of_the_batches() {
    let turns = Turns::last_first(7, Duration::from_millis(150));
    let numbers = run(&[0, 1, 2, 3, 4, 5, 6], 7, |batch| {
        if let [number] = batch {
            turns.take_turn((*number).into());
        }
        batch[0]
    });
    assert_eq!(
        numbers,
        [0, 1, 2, 3, 4, 5, 6].map(Some),
        "each child returned its item, the last child first"
    );
}

/// Two items need only two children, whatever `count` is.
fn fewer_items_than_children() {
    for count in [5, usize::MAX] {
        let statuses = run(&[7, 8], count, |batch| batch[0]);
        assert_eq!(statuses, [Some(7), Some(8)], "2 items for {count} children");
    }
}

/// More children than a list of fixed size may hold.
fn seventy_children() {
    let items: Vec<u8> = (0..70).collect();
    let statuses = run(&items, 70, |batch| batch[0]);
    let wanted: Vec<Option<i32>> = (0..70).map(Some).collect();
    assert_eq!(statuses, wanted, "each of 70 children returned its item");
}

/// Without items, there are no children and no error.
fn no_items_at_all() {
    assert_eq!(run(&[], 4, |_| 9), [], "no items for 4 children");
}

/// The panic ends only the child in which it happens.
fn a_panic_is_exit_status_101() {
    let ended = run(&[0, 1], 2, |batch| match batch {
        [0] => panic_on_purpose("in the child"),
        _ => {
            slow_work(50); // it is still working when the other has ended
            1
        }
    });
    assert_eq!(ended, [Some(101), Some(1)], "the work on the first of two batches panicked");
}

/// SIGKILL ends the first child, which therefore has no exit status.
fn a_signal_is_not_an_exit_status() {
    let ended = run(&[0, 1], 2, |batch| if batch[0] == 0 { die() } else { 1 });
    assert_eq!(ended, [None, Some(1)], "the exit statuses; a signal ended the first child");
}

/// The first child stops for a while, as by Ctrl-Z, and continues. It has not ended yet.
fn a_stop_is_not_an_end() {
    let stop = Stop::new();
    let ended = run(&[0, 1], 2, |batch| {
        if batch[0] == 0 {
            stop.here();
        }
        batch[0]
    });
    wait_for_what_is_left();
    let wanted = [Some(0), Some(1)];
    assert_eq!(ended, wanted, "the exit statuses; the first child was stopped, then continued");
}

/// The first call leaves nothing behind that affects the second.
fn a_second_call_is_like_the_first() {
    assert_eq!(run(&[1, 2, 3], 3, |batch| batch[0]), [Some(1), Some(2), Some(3)], "3 children");
    assert_eq!(
        run(&[4, 5], 2, |batch| batch[0]),
        [Some(4), Some(5)],
        "a second call, with 2 children"
    );
}

/// A status has the PID of its child, and the signal that ended it.
fn the_statuses_name_the_children() {
    let pids = Pids::new();
    let ended = work_in_children(&[0, 1, 2], 3, |batch| {
        pids.tell(batch[0]);
        if batch[0] == 0 { die() } else { batch[0] as u8 }
    });
    let [killed, one, two] = pids.of_all();
    let wanted = vec![
        WaitStatus::Signaled(killed, Signal::SIGKILL, false),
        WaitStatus::Exited(one, 1),
        WaitStatus::Exited(two, 2),
    ];
    assert_eq!(ended, Ok(wanted), "child 0 was killed; children 1 and 2 returned their items");
}

/// Both children return from the work. Then one is killed, and the other ends with another status:
/// only the wait can tell.
fn how_the_children_have_really_ended() {
    let killed = child_ends_otherwise(0, End::Killed);
    let other = child_ends_otherwise(1, End::Status9);
    let ended = run(&[1, 2], 2, |batch| batch[0]);
    if killed.happened() && other.happened() {
        let what = "each child returned its item; then one was killed, and one ended with status 9";
        let right = ended == [None, Some(9)] || ended == [Some(9), None];
        assert!(right, "{what}\ngot:    {ended:?}");
    }
}

/// The work is a caller of your function itself.
fn work_may_have_children_too() {
    let ended = run(&[1, 2], 2, |batch| {
        let own = run(&[10 * batch[0], 1], 2, |batch| batch[0]);
        own.iter().filter_map(|status| *status).sum::<i32>() as u8
    });
    let what = "each child called your function with two children, and added up their statuses";
    assert_eq!(ended, [Some(11), Some(21)], "{what}");
}

/// Each child is a copy of the caller.
fn work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let ended = run(&[1, 2], 2, |batch| {
        inherited.look();
        batch[0]
    });
    inherited.assert_all();
    assert_eq!(ended, [Some(1), Some(2)], "each child returned its item");
}

/// Every wait fails with ECHILD, as at the end if the caller ignores SIGCHLD.
fn a_wait_that_fails_is_an_error() {
    a_failed_wait_is(Errno::ECHILD, "every wait", || {
        work_in_children(&[1, 2], 2, |batch| batch[0])
    });
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_has_no_batch() {
    let _stranger = Stranger::alive();
    assert_eq!(
        run(&[1, 2], 2, |batch| batch[0]),
        [Some(1), Some(2)],
        "each child returned its item"
    );
}

/// The caller's own child has already ended, and `wait` may reap it.
fn an_ended_child_of_the_caller_has_no_batch() {
    let _zombie = Zombie::new();
    assert_eq!(
        run(&[1, 2], 2, |batch| batch[0]),
        [Some(1), Some(2)],
        "each child returned its item"
    );
}

/// The parent has nothing to do except wait.
fn the_parent_sleeps_while_it_waits() {
    let ended = run(&[1, 2], 2, |batch| {
        slow_work(200);
        batch[0]
    });
    assert_eq!(ended, [Some(1), Some(2)], "each child returned its item after 0.2 s");
}

/// There is no memory for the first of four children: ENOMEM.
fn when_the_first_fork_fails_there_is_no_child() {
    let _refused = no_memory_for_fork(1);
    let ended = work_in_children(&[1, 2, 3, 4], 4, |_| 0);
    assert_eq!(ended, Err(Errno::ENOMEM), "the first fork failed with ENOMEM");
}

/// The third of four forks fails with EAGAIN, as when there are too many processes. Two children are
/// working by then, and each leaves a mark when it is done.
fn when_a_fork_fails_the_others_finish() {
    let marks = Marks::new();
    let ended = work_in_children(&[1, 2, 3, 4], 4, |_| {
        marks.work();
        0
    });
    assert_eq!(ended, Err(Errno::EAGAIN), "the third fork failed");
    marks.are_left_by(2);
}
