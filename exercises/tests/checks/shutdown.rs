//! What your `process_until_told` must do.

use std::fs;
use std::io::{Read, Write, pipe};
use std::time::Duration;

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check, panic_on_purpose};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal};
use nix::sys::signal::{kill, raise, sigaction};
use nix::unistd::{getppid, pause};

use super::answers::shutdown::{Report, process_until_told};

#[path = "shutdown/forks.rs"]
mod forks;
#[path = "tools.rs"]
mod tools;
use forks::{
    a_second_signal_after_a_failed_fork, a_wait_that_fails_says_nothing,
    when_a_fork_fails_the_others_finish, whichever_fork_fails_nothing_more_is_begun,
};
use tools::{Barrier, Counted, Gate, LITTLE, Stop, slow_work, wait_for_what_is_left};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "shutdown",
        [
            check!(without_a_signal_every_item_is_done).forks(5).at_once(2, 2),
            check!(every_item_is_begun_once_and_in_order).forks(6).at_once(1, 1),
            check!(a_failed_item_is_not_done).forks(5).see("waitpid.md#signals"),
            check!(a_child_ends_with_what_the_work_returns)
                .forks(3)
                .see("fork-basics.md#the-exit-status"),
            check!(both_lists_are_in_ascending_order)
                .forks(16)
                .if_it_hangs(
                    "Three children may run at the same time. Items 0 and 1 end when item 15 has been begun, so\n\
                     items 2 to 15 have to follow each other in the third child's place. Do you begin the next\n\
                     item as soon as one child has ended?",
                )
                .see("many-forks.md#the-order-of-the-ends"),
            check!(the_item_that_was_begun_is_finished).forks(2).see("signals.md#the-program"),
            check!(all_items_that_were_begun_are_finished).forks(3).see("signals.md#the-program"),
            check!(a_signal_for_the_children_too_ends_no_item).forks(2).see("signals.md#ctrl-c"),
            check!(a_second_signal_ends_the_children_at_once)
                .forks(2)
                .within(Duration::from_secs(1))
                .see("signals.md#dispositions"),
            check!(two_signals_are_enough)
                .forks(4)
                .within(Duration::from_secs(2))
                .see("signals.md#dispositions"),
            check!(an_item_that_fails_after_the_signal_is_not_done).forks(2),
            check!(a_signal_at_the_last_item_changes_nothing).forks(3),
            check!(a_signal_during_a_fork_is_for_your_function).see("signals.md#as-events"),
            check!(a_signal_before_any_wait_is_for_your_function).see("signals.md#as-events"),
            check!(a_signal_that_the_caller_blocks_stays_blocked)
                .forks(2)
                .see("signals.md#as-events"),
            check!(the_callers_handler_stays).forks(2).see("signals.md#dispositions"),
            check!(a_stop_is_not_an_end).forks(2).see("waitpid.md#stopped-is-not-ended"),
            check!(no_items_at_all).forks(0),
            check!(a_limit_that_is_never_reached).forks(3),
            check!(five_hundred_items).forks(512).within(Duration::from_secs(10)),
            check!(nine_at_once)
                .forks(12)
                .at_once(9, 9)
                .if_it_hangs(
                    "Nine children may run at the same time, and the first nine wait for each other. Do you begin\n\
                     as many as may run, whatever their number is?",
                ),
            check!(a_second_call_is_like_the_first).forks(1 + 3).see("signals.md#the-program"),
            check!(a_child_of_the_caller_is_not_an_item).forks(3).see("waitpid.md#any-child"),
            check!(a_second_signal_is_not_for_a_child_of_the_caller)
                .forks(1)
                .see("waitpid.md#any-child"),
            check!(the_parent_sleeps_while_it_waits)
                .forks(2)
                .uses_at_most(LITTLE)
                .see("signals.md#as-events"),
            check!(when_a_fork_fails_the_others_finish)
                .forks(2)
                .fork_fails(3)
                .see("many-forks.md#a-fork-that-fails"),
            check!(whichever_fork_fails_nothing_more_is_begun)
                .see("many-forks.md#a-fork-that-fails"),
            check!(a_wait_that_fails_says_nothing)
                .within(Duration::from_secs(2))
                .if_it_hangs(
                    "Each wait fails with ECHILD: the child is no child of this process any more. A function that\n\
                     waits for it again and again never returns.",
                )
                .see("waitpid.md#eintr"),
            check!(a_second_signal_after_a_failed_fork)
                .within(Duration::from_secs(2))
                .if_it_hangs(
                    "The second fork failed. The first item never ends, and sends SIGTERM again and again. Are\n\
                     signals still handled while your function waits after the failed fork?",
                )
                .see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

fn report(done: impl IntoIterator<Item = usize>, not: impl IntoIterator<Item = usize>) -> Report {
    Report { done: done.into_iter().collect(), not_done: not.into_iter().collect() }
}

/// From a child: SIGTERM for the process that called your function.
fn tell_the_parent() {
    let _ = kill(getppid(), Signal::SIGTERM);
}

fn without_a_signal_every_item_is_done() {
    let barrier = Barrier::<2>::new();
    let mut got = process_until_told(5, 2, |item| {
        if item < 2 {
            barrier.pass(item); // each waits for the other one
        }
        0
    });
    if let Ok(report) = &mut got {
        report.done.sort_unstable(); // their order is the subject of another check
    }
    assert_eq!(got, Ok(report(0..5, [])), "no signal arrived, and every item returned 0");
}

/// Only one child runs at a time, so the children write their numbers in the order in which they began.
fn every_item_is_begun_once_and_in_order() {
    let (mut begun, beginning) = pipe().expect("a pipe for the check");
    let got =
        process_until_told(6, 1, |item| u8::from((&beginning).write_all(&[item as u8]).is_err()));
    drop(beginning);
    let mut order = Vec::new();
    let read = begun.read_to_end(&mut order);
    assert!(read.is_ok(), "the check's own read");
    assert_eq!(order, [0, 1, 2, 3, 4, 5], "the items, in the order in which they began");
    assert_eq!(got, Ok(report(0..6, [])), "every item returned 0");
}

/// Item 1 sends the signal, and then continues to work.
fn the_item_that_was_begun_is_finished() {
    let got = process_until_told(4, 1, |item| {
        if item == 1 {
            tell_the_parent();
            slow_work(50);
        }
        0
    });
    assert_eq!(got, Ok(report([0, 1], [2, 3])), "SIGTERM arrived while item 1 was in progress");
}

/// Three items have begun. The first one sends the signal, and then all three continue to work.
fn all_items_that_were_begun_are_finished() {
    let barrier = Barrier::<3>::new();
    let got = process_until_told(6, 3, |item| {
        barrier.pass(item);
        if item == 0 {
            tell_the_parent();
        }
        slow_work(50 + 20 * item as u64);
        0
    });
    assert_eq!(
        got,
        Ok(report(0..3, 3..6)),
        "SIGTERM arrived while items 0, 1 and 2 were in progress"
    );
}

/// As if the signal had been sent to the whole process group.
fn a_signal_for_the_children_too_ends_no_item() {
    let barrier = Barrier::<2>::new();
    let got = process_until_told(4, 2, |item| {
        barrier.pass(item);
        if item == 0 {
            tell_the_parent();
        }
        let _ = raise(Signal::SIGTERM);
        slow_work(50);
        0
    });
    assert_eq!(got, Ok(report(0..2, 2..4)), "SIGTERM arrived in the parent and in both children");
}

/// Two items never end, and one of them sends the signal repeatedly.
fn a_second_signal_ends_the_children_at_once() {
    let barrier = Barrier::<2>::new();
    let got = process_until_told(3, 2, |item| {
        barrier.pass(item);
        loop {
            if item == 1 {
                pause();
            }
            tell_the_parent();
            slow_work(50);
        }
    });
    assert_eq!(got, Ok(report([], 0..3)), "SIGTERM arrived twice, and the items never end");
}

/// Item 0 is done by then, items 1 to 3 never end, and item 3 sends the signal twice.
fn two_signals_are_enough() {
    let barrier = Barrier::<3>::new();
    let got = process_until_told(5, 3, |item| {
        if item > 0 {
            barrier.pass(item - 1);
            if item == 3 {
                tell_the_parent();
                wait_until_the_parent_has_taken_it();
                tell_the_parent();
            }
            loop {
                pause();
            }
        }
        0
    });
    assert_eq!(
        got,
        Ok(report([0], 1..5)),
        "item 0 was done, then SIGTERM arrived twice, and items 1 to 3 never end"
    );
}

/// Two signals of one kind may become one, if the second comes too early. Where there is no `/proc`, or
/// only another namespace's, it takes a while.
fn wait_until_the_parent_has_taken_it() {
    let parent = getppid();
    let is_pending = || {
        let status = fs::read_to_string(format!("/proc/{parent}/status")).unwrap_or_default();
        let sets = status.lines().filter_map(|line| line.split_once("Pnd:"));
        sets.filter_map(|(_, set)| u64::from_str_radix(set.trim(), 16).ok())
            .any(|set| set >> (Signal::SIGTERM as u64 - 1) & 1 == 1)
    };
    for _ in 0..100 {
        slow_work(10);
        if !is_pending() {
            break;
        }
    }
    slow_work(30);
}

/// The caller's child runs as long as the check. The item never ends, and sends the signal repeatedly.
fn a_second_signal_is_not_for_a_child_of_the_caller() {
    let _stranger = Stranger::alive();
    let got = process_until_told(1, 1, |_| {
        loop {
            tell_the_parent();
            slow_work(50);
        }
    });
    assert_eq!(got, Ok(report([], [0])), "SIGTERM arrived twice, and the item never ends");
}

fn an_item_that_fails_after_the_signal_is_not_done() {
    let got = process_until_told(3, 1, |item| {
        if item == 1 {
            tell_the_parent();
            slow_work(50);
        }
        9 * item as u8
    });
    assert_eq!(
        got,
        Ok(report([0], [1, 2])),
        "SIGTERM arrived while item 1 was in progress, which then returned 9"
    );
}

/// It comes just before a fork, the first one, then the second, and so on. The item that is forked then
/// has been begun.
fn a_signal_during_a_fork_is_for_your_function() {
    for number in 1..=3 {
        let planted = plant(Call::Fork.nth(number).in_parent().receives(Signal::SIGTERM));
        let got = process_until_told(4, 1, |_| 0);
        if planted.happened() {
            let begun = number as usize;
            assert_eq!(got, Ok(report(0..begun, begun..4)), "SIGTERM arrived at fork {number}");
        }
    }
}

fn a_signal_at_the_last_item_changes_nothing() {
    let got = process_until_told(3, 1, |item| {
        if item == 2 {
            tell_the_parent();
            slow_work(50);
        }
        0
    });
    assert_eq!(got, Ok(report(0..3, [])), "SIGTERM arrived while the last item was in progress");
}

/// It comes just before a call of waitpid, the first one, then the second, and so on. Left pending by
/// the last of them, it would reach the caller as soon as that does not block it any more.
fn a_signal_before_any_wait_is_for_your_function() {
    let counted = Counted::new(Signal::SIGTERM);
    for number in 1..=12 {
        let planted = plant(Call::Wait.nth(number).in_parent().receives(Signal::SIGTERM));
        let got = process_until_told(2, 1, |_| 0);
        if !planted.happened() {
            break; // there are fewer calls: all have been tried
        }
        counted.assert_none(number);
        let items = got.map(|report| [report.done, report.not_done].concat());
        assert_eq!(
            items,
            Ok(vec![0, 1]),
            "SIGTERM arrived before call {number} of waitpid; the items, those done first"
        );
    }
}

/// A failure is no reason to stop. One item at a time, so that the lists are in order by themselves.
fn a_failed_item_is_not_done() {
    let got = process_until_told(5, 1, |item| match item {
        1 => 4,
        2 => {
            let _ = raise(Signal::SIGKILL);
            0
        }
        3 => panic_on_purpose("in the child"),
        _ => 0,
    });
    assert_eq!(
        got,
        Ok(report([0, 4], 1..4)),
        "item 1 returned 4, item 2 was killed, item 3 panicked"
    );
}

/// The work returns 3, then 255, then it panics.
fn a_child_ends_with_what_the_work_returns() {
    let got = process_until_told(3, 1, |item| match item {
        0 => 3,
        1 => 255,
        _ => panic_on_purpose("in the child"),
    });
    let statuses = grader::exit_statuses();
    assert_eq!(
        statuses,
        [3, 255, 101],
        "the exit statuses; the work returned 3, then 255, and panicked"
    );
    assert_eq!(got, Ok(report([], 0..3)), "no item returned 0");
}

/// Items 0 and 1 end last, after item 15 has been begun; item 1 fails then, as 2 and 3 have before.
fn both_lists_are_in_ascending_order() {
    let last = Gate::new();
    let got = process_until_told(16, 3, |item| {
        match item {
            0 | 1 => last.wait(),
            15 => (0..2).for_each(|_| last.open()),
            _ => {}
        }
        (1..=3).contains(&item).into()
    });
    let Ok(got) = got else { panic!("nothing went wrong\ngot:    {got:?}") };
    let done: Vec<usize> = [0].into_iter().chain(4..16).collect();
    assert_eq!(got.done, done, "the items that are done, in ascending order");
    assert_eq!(got.not_done, [1, 2, 3], "the items that are not done, in ascending order");
}

/// The caller has blocked SIGTERM, and then SIGCHLD too, and expects that they are blocked after the call.
/// (In the second call there is no child whose end could be noticed by SIGCHLD only.)
fn a_signal_that_the_caller_blocks_stays_blocked() {
    grader::caller_blocks(Signal::SIGTERM);
    assert_eq!(process_until_told(2, 1, |_| 0), Ok(report(0..2, [])), "every item returned 0");
    let child = SigSet::from(Signal::SIGCHLD);
    child.thread_block().expect("the check's own mask");
    let got = process_until_told(0, 1, |_| 0);
    let blocks = SigSet::thread_get_mask().expect("the check's own mask").contains(Signal::SIGCHLD);
    child.thread_unblock().expect("the check's own mask");
    assert_eq!(got, Ok(report([], [])), "there were no items");
    assert!(blocks, "The caller had blocked SIGCHLD, and your function has unblocked it.");
}

extern "C" fn nothing(_signal: i32) {}

/// The caller has a handler of its own for SIGTERM and SIGCHLD, and finds it again.
fn the_callers_handler_stays() {
    let handler = SigHandler::Handler(nothing);
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    for signal in [Signal::SIGTERM, Signal::SIGCHLD] {
        // SAFETY: the handler does nothing.
        unsafe { sigaction(signal, &action) }.expect("a handler of the check");
    }
    grader::baseline();
    let got = process_until_told(3, 1, |item| {
        if item == 1 {
            tell_the_parent();
            slow_work(50);
        }
        0
    });
    assert_eq!(got, Ok(report([0, 1], [2])), "SIGTERM arrived while item 1 was in progress");
}

/// Item 0 stops, and continues a moment later.
fn a_stop_is_not_an_end() {
    let stop = Stop::new();
    let got = process_until_told(2, 1, |item| {
        if item == 0 {
            stop.here();
        }
        0
    });
    wait_for_what_is_left();
    assert_eq!(got, Ok(report(0..2, [])), "item 0 stopped, continued and returned 0");
}

/// The first nine wait for each other.
fn nine_at_once() {
    let barrier = Barrier::<9>::new();
    let got = process_until_told(12, 9, |item| {
        if item < 9 {
            barrier.pass(item);
        }
        0
    });
    assert_eq!(got, Ok(report(0..12, [])), "every item returned 0");
}

/// There is no largest number of items. The first 257 return 0, and the others 1 to 255: of all exit
/// statuses, only 0 means that an item is done.
fn five_hundred_items() {
    let status = |item: usize| item.saturating_sub(256) as u8;
    let got = process_until_told(512, 2, status);
    let Ok(got) = got else { panic!("nothing went wrong\ngot:    {got:?}") };
    let wrong = got.done.iter().find(|item| status(**item) != 0);
    let returned = wrong.map(|item| (item, status(*item)));
    assert_eq!(returned, None, "an item in the list of those done, and what it returned");
    let other = got.done.iter().zip(0..).find(|(item, wanted)| **item != *wanted);
    assert_eq!(other, None, "an item in the list of those done, and the one to be in its place");
    assert_eq!(
        (got.done.len(), got.not_done.len()),
        (257, 255),
        "how many items are done, and not"
    );
}

fn no_items_at_all() {
    assert_eq!(process_until_told(0, 3, |_| 0), Ok(report([], [])), "there were no items");
}

/// Any number of children may run at once.
fn a_limit_that_is_never_reached() {
    let got = process_until_told(3, usize::MAX, |_| 0);
    assert_eq!(got, Ok(report(0..3, [])), "three items, and no limit");
}

/// The first call receives SIGTERM, and the second one does not.
fn a_second_call_is_like_the_first() {
    let got = process_until_told(2, 1, |_| {
        tell_the_parent();
        slow_work(50);
        0
    });
    assert_eq!(got, Ok(report([0], [1])), "SIGTERM arrived while item 0 was in progress");
    let got = process_until_told(3, 2, |_| 0);
    assert_eq!(got, Ok(report(0..3, [])), "a second call, without a signal");
}

/// One lives as long as the check, and one has already ended. Neither is reaped or killed.
fn a_child_of_the_caller_is_not_an_item() {
    let _strangers = [Stranger::alive(), Stranger::zombie()];
    assert_eq!(process_until_told(3, 2, |_| 0), Ok(report(0..3, [])), "every item returned 0");
}

fn the_parent_sleeps_while_it_waits() {
    let got = process_until_told(2, 2, |_| {
        slow_work(200);
        0
    });
    assert_eq!(got, Ok(report(0..2, [])), "every item returned 0 after 0.2 s");
}
