//! What your `run_children` must do.

use std::time::Duration;

use grader::{Stranger, Suite, check, panic_on_purpose};
use nix::errno::Errno;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::WaitStatus;

use super::answers::many_forks::run_children;

#[path = "meeting.rs"]
mod meeting;
use meeting::{Meeting, Turns};
#[path = "tools.rs"]
mod tools;
use tools::{
    End, Inherited, LITTLE, Marks, Pids, Stop, Zombie, a_failed_wait_is, child_ends_otherwise, die,
    no_memory_for_fork, slow_work, wait_for_what_is_left,
};

const EACH_WAITS: &str = "\
Each child waits until the one that ends before it has been reaped.
Do you wait for one child before you have forked the next?";

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "many_forks",
        [
            check!(every_child_has_its_number).forks(3).see("many-forks.md#leaving-the-loop"),
            check!(eight_run_at_the_same_time)
                .if_it_hangs(
                    "No child ends before all eight are running.\n\
                     Do you wait for one child before you have forked the next?",
                )
                .forks(8)
                .at_once(8, 8)
                .see("many-forks.md#first-fork-all-then-wait"),
            check!(the_results_come_in_the_order_of_the_ends)
                .if_it_hangs(EACH_WAITS)
                .forks(7)
                .see("many-forks.md#the-order-of-the-ends"),
            check!(another_order_of_the_ends)
                .if_it_hangs(EACH_WAITS)
                .forks(7)
                .see("many-forks.md#the-order-of-the-ends"),
            check!(one_child_is_enough).forks(1),
            check!(no_child_at_all).forks(0).see("many-forks.md#no-children"),
            check!(a_panic_and_a_signal_are_distinguished)
                .forks(3)
                .prints("before the panic")
                .see("waitpid.md#the-status-word"),
            check!(text_is_printed_once)
                .forks(2)
                .prints("start child child end\n")
                .see("many-forks.md#text-in-a-buffer"),
            check!(a_stop_is_not_an_end).forks(2).see("waitpid.md#stopped-is-not-ended"),
            check!(three_hundred_children).forks(300).at_most(320).within(Duration::from_secs(15)),
            check!(a_second_call_is_like_the_first).forks(5),
            check!(the_statuses_name_the_children).forks(3).see("waitpid.md#the-status-word"),
            check!(how_the_children_have_really_ended).forks(2).see("waitpid.md#the-status-word"),
            check!(work_may_have_children_too).forks(2 + 2 * 2),
            check!(work_finds_what_the_caller_had).forks(2).see("fork-basics.md#two-memories"),
            check!(the_parent_sleeps_while_it_waits).forks(2).uses_at_most(LITTLE),
            check!(a_child_of_the_caller_is_not_a_result)
                .if_it_hangs(
                    "Your function waits until there is no child left. However, the caller has a child of its own,\n\
                     which has not ended. Stop when every child that your function has forked has been reported.",
                )
                .forks(2)
                .see("waitpid.md#one-child-or-any"),
            check!(an_ended_child_of_the_caller_is_not_a_result)
                .forks(1 + 2)
                .see("waitpid.md#one-child-or-any"),
            check!(a_wait_that_fails_is_an_error).forks(2),
            check!(when_a_fork_fails_the_others_finish)
                .fork_fails(3)
                .forks(2)
                .see("many-forks.md#a-fork-that-fails"),
            check!(when_the_first_fork_fails_there_is_no_child)
                .forks(0)
                .see("many-forks.md#a-fork-that-fails"),
            check!(in_whatever_order_they_end)
                .in_every_order()
                .with_the_same_steps_in_each_run(
                    "Something else than the order in which the children end decides for which child it waits, so\n\
                     the order of the results is a matter of luck. The order of a HashMap, for instance, is\n\
                     random: wait for any child, and look up its number in the map.",
                )
                .with_any_child_killed()
                .see("many-forks.md#the-order-of-the-ends"),
            check!(whichever_fork_fails)
                .in_every_order()
                .with_any_fork_refused()
                .see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

/// The number and the exit status of each child; `None` if the child did not exit.
fn run(count: usize, work: impl Fn(usize) -> u8) -> Vec<(usize, Option<i32>)> {
    let ended = run_children(count, work).unwrap_or_else(|error| fail(error));
    ended.iter().map(plain).collect()
}

fn plain((number, ended): &(usize, WaitStatus)) -> (usize, Option<i32>) {
    match ended {
        WaitStatus::Exited(_, status) => (*number, Some(*status)),
        _ => (*number, None),
    }
}

fn fail(error: Errno) -> ! {
    panic!("Your function returned the error {error}, although nothing went wrong.")
}

/// The result of `run`, sorted by number, for checks in which the order does not matter.
fn run_and_sort(count: usize, work: impl Fn(usize) -> u8) -> Vec<(usize, Option<i32>)> {
    let mut ended = run(count, work);
    ended.sort_unstable();
    ended
}

/// A child has a copy of the loop's counter, so it knows its own number. It must not return to the
/// loop, in which it would fork children of its own.
fn every_child_has_its_number() {
    let ended = run_and_sort(3, |number| number as u8 + 10);
    assert_eq!(ended, [(0, Some(10)), (1, Some(11)), (2, Some(12))], "child n returned n + 10");
}

/// No child ends before all eight are running. A function that waits for one child before it forks
/// the next waits for ever.
fn eight_run_at_the_same_time() {
    let meeting = Meeting::of(8);
    let ended = run_and_sort(8, |number| {
        meeting.attend(number);
        number as u8
    });
    let wanted: Vec<(usize, Option<i32>)> = (0..8).map(|n| (n, Some(n as i32))).collect();
    assert_eq!(ended, wanted, "child n returned n");
}

/// Seven children, of which each ends when the one before it has been reaped. A function that waits
/// for them in an order of its own, such as a random one, does not meet this order.
fn the_results_come_in_the_order_of_the_ends() {
    seven_end_in_this_order([3, 0, 5, 1, 6, 2, 4]);
}

/// Another one, so that no fixed order is right in both checks.
fn another_order_of_the_ends() {
    seven_end_in_this_order([4, 6, 1, 3, 0, 5, 2]);
}

fn seven_end_in_this_order(order: [usize; 7]) {
    let turns = Turns::in_order(order.to_vec(), Duration::from_secs(1));
    let ended = run(7, |number| {
        turns.take_turn(number);
        number as u8
    });
    let got: Vec<usize> = ended.iter().map(|(number, _)| *number).collect();
    assert_eq!(got, order, "the numbers of the children, in the order in which they ended");
    assert_eq!(ended, order.map(|number| (number, Some(number as i32))), "child n returned n");
}

/// The smallest number that is not a special case.
fn one_child_is_enough() {
    assert_eq!(run(1, |_| 255), [(0, Some(255))], "the only child returned 255");
}

/// A wait without any child fails with ECHILD, which your function must not return here.
fn no_child_at_all() {
    assert_eq!(run_children(0, |_| 0), Ok(vec![]), "count was 0");
}

/// A panic ends only the child, with status 101, and what the child has printed before appears. A signal ends a child
/// without an exit status.
fn a_panic_and_a_signal_are_distinguished() {
    let ended = run_and_sort(3, |number| match number {
        0 => {
            print!("before the panic");
            panic_on_purpose("in the child")
        }
        1 => {
            let _ = raise(Signal::SIGKILL);
            0
        }
        _ => 0,
    });
    let wanted = [(0, Some(101)), (1, None), (2, Some(0))];
    assert_eq!(ended, wanted, "child 0 panicked, child 1 was killed, child 2 returned 0");
}

/// "start " has no newline, so it is still in the buffer at the fork. "child " is still in the buffer
/// when the child ends.
fn text_is_printed_once() {
    print!("start ");
    let ended = run(2, |_| {
        print!("child ");
        0
    });
    println!("end");
    assert_eq!(ended.len(), 2, "the number of results of two children");
}

/// Child 0 stops for a while, as by Ctrl-Z, and continues. It has not ended yet.
fn a_stop_is_not_an_end() {
    let stop = Stop::new();
    let ended = run_children(2, |number| {
        if number == 0 {
            stop.here();
        }
        number as u8
    });
    wait_for_what_is_left();
    let ends =
        ended.iter().flatten().filter(|(_, status)| matches!(status, WaitStatus::Exited(..)));
    let right = ends.count() == 2 && ended.as_ref().is_ok_and(|ended| ended.len() == 2);
    assert!(
        right,
        "child 0 was stopped, then continued; both children returned\ngot:    {ended:?}"
    );
}

/// More children than a list of fixed size may hold, and more than a byte can count.
fn three_hundred_children() {
    let ended = run_and_sort(300, |number| (number / 2) as u8);
    let wanted: Vec<(usize, Option<i32>)> = (0..300).map(|n| (n, Some(n as i32 / 2))).collect();
    assert_eq!(ended, wanted, "child n returned n / 2");
}

/// The first call leaves nothing behind that affects the second.
fn a_second_call_is_like_the_first() {
    for (count, call) in [(3, "first"), (2, "second")] {
        let ended = run_children(count, |number| number as u8);
        let Ok(ended) = ended else {
            panic!("The {call} call of your function returned {ended:?}")
        };
        let mut ended: Vec<_> = ended.iter().map(plain).collect();
        ended.sort_unstable();
        let wanted: Vec<(usize, Option<i32>)> = (0..count).map(|n| (n, Some(n as i32))).collect();
        assert_eq!(ended, wanted, "{count} children, of which child n returned n");
    }
}

/// A status has the PID of its child, and the signal that ended it.
fn the_statuses_name_the_children() {
    let pids = Pids::new();
    let ended = run_children(3, |number| {
        pids.tell(number);
        if number == 0 { die() } else { number as u8 }
    });
    let mut ended = ended.unwrap_or_else(|error| fail(error));
    ended.sort_unstable_by_key(|(number, _)| *number);
    let [killed, one, two] = pids.of_all();
    let wanted = [
        (0, WaitStatus::Signaled(killed, Signal::SIGKILL, false)),
        (1, WaitStatus::Exited(one, 1)),
        (2, WaitStatus::Exited(two, 2)),
    ];
    assert_eq!(ended, wanted, "child 0 was killed; children 1 and 2 returned their numbers");
}

/// Both children return from the work. Then one is killed, and the other ends with another status:
/// only the wait can tell.
fn how_the_children_have_really_ended() {
    let killed = child_ends_otherwise(0, End::Killed);
    let other = child_ends_otherwise(1, End::Status9);
    let ended = run_and_sort(2, |number| number as u8 + 10);
    if killed.happened() && other.happened() {
        let wanted = [(0, None), (1, Some(9))];
        let what =
            "child n returned n + 10; then child 0 was killed, and child 1 ended with status 9";
        assert_eq!(ended, wanted, "{what}");
    }
}

/// The work is a caller of your function itself.
fn work_may_have_children_too() {
    let ended = run_and_sort(2, |number| {
        let own = run_and_sort(2, |other| (10 * number + other) as u8);
        own.iter().filter_map(|(_, status)| *status).sum::<i32>() as u8
    });
    let what = "child n called your function with two children, and added up their statuses";
    assert_eq!(ended, [(0, Some(1)), (1, Some(21))], "{what}");
}

/// Each child is a copy of the caller.
fn work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let ended = run_and_sort(2, |number| {
        inherited.look();
        number as u8
    });
    inherited.assert_all();
    assert_eq!(ended, [(0, Some(0)), (1, Some(1))], "child n returned n");
}

/// The parent has nothing to do except wait.
fn the_parent_sleeps_while_it_waits() {
    let ended = run_and_sort(2, |number| {
        slow_work(200);
        number as u8
    });
    assert_eq!(ended, [(0, Some(0)), (1, Some(1))], "child n returned n after 0.2 s");
}

/// Every wait fails with ECHILD, as at the end if the caller ignores SIGCHLD.
fn a_wait_that_fails_is_an_error() {
    a_failed_wait_is(Errno::ECHILD, "every wait", || run_children(2, |_| 0));
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_is_not_a_result() {
    let _stranger = Stranger::alive();
    let ended = run_and_sort(2, |number| number as u8);
    assert_eq!(ended, [(0, Some(0)), (1, Some(1))], "child n returned n");
}

/// `wait` may reap the caller's own child, which has already ended. It has no number.
fn an_ended_child_of_the_caller_is_not_a_result() {
    let _zombie = Zombie::new();
    let ended = run_and_sort(2, |number| number as u8);
    assert_eq!(ended, [(0, Some(0)), (1, Some(1))], "child n returned n");
}

/// There is no memory for the first of four children: ENOMEM. The caller has a child of its own, which keeps running.
fn when_the_first_fork_fails_there_is_no_child() {
    let _stranger = Stranger::alive();
    let _refused = no_memory_for_fork(1);
    let ended = run_children(4, |_| 0);
    assert_eq!(ended, Err(Errno::ENOMEM), "the first fork failed with ENOMEM");
}

/// The third of four forks fails with EAGAIN, as when there are too many processes. Two children are
/// working by then, and each leaves a mark when it is done. The caller's own child keeps running.
fn when_a_fork_fails_the_others_finish() {
    let (marks, _stranger) = (Marks::new(), Stranger::alive());
    let ended = run_children(4, |_| {
        marks.work();
        0
    });
    assert_eq!(ended, Err(Errno::EAGAIN), "the third fork failed");
    marks.are_left_by(2);
}

/// Three children that end in every order, also relative to the parent's calls. One of them may be
/// killed before its end.
fn in_whatever_order_they_end() {
    let ended = run_and_sort(3, |number| number as u8 + 10);
    let killed = |(_, status): &&(usize, Option<i32>)| status.is_none();
    let mut wanted: Vec<(usize, Option<i32>)> = (0..3).map(|n| (n, Some(n as i32 + 10))).collect();
    if let Some((number, _)) = ended.iter().find(killed) {
        wanted[*number].1 = None;
    }
    assert_eq!(ended, wanted, "child n returned n + 10");
}

/// Any of the three forks may fail, in every order of the steps of the children before it.
fn whichever_fork_fails() {
    match run_children(3, |_| 0) {
        Err(error) => assert_eq!(error, Errno::EAGAIN, "a fork failed"),
        Ok(ended) => assert_eq!(ended.len(), 3, "no fork failed, according to your function"),
    }
}
