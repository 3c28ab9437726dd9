//! What your functions in `first_steps` must do, step by step.

use std::cell::Cell;
use std::time::{Duration, Instant};

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

use super::answers::first_steps::{answer_of_child, end_in_child, status_of, two_at_once};

#[path = "tools.rs"]
mod tools;
use tools::{
    Barrier, End, Inherited, LITTLE, Marks, Stop, a_failed_wait_is, child_ends_otherwise, die,
    every_wait_fails, no_memory_for_fork, slow_work, wait_for_what_is_left,
};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "first_steps",
        [
            check!(step_1_the_child_ends_with_the_status)
                .forks(4)
                .within(Duration::from_secs(8))
                .see("fork-basics.md#the-exit-status"),
            check!(step_1_the_wait_is_the_callers).forks(1).see("fork-basics.md#the-exit-status"),
            check!(step_1_a_fork_that_fails_is_an_error)
                .fork_fails(1)
                .forks(0)
                .see("fork-basics.md#a-fork-that-fails"),
            check!(step_2_the_exit_status_of_a_child)
                .forks(5)
                .within(Duration::from_secs(8))
                .see("fork-basics.md#the-exit-status"),
            check!(step_2_a_signal_leaves_no_exit_status)
                .forks(3)
                .within(Duration::from_secs(8))
                .see("waitpid.md#signals"),
            check!(step_2_it_waits_for_this_child).forks(1).see("waitpid.md#one-child-or-any"),
            check!(step_2_it_sleeps_while_it_waits).forks(1).uses_at_most(3 * LITTLE),
            check!(step_2_a_stop_is_not_an_end).forks(1).see("waitpid.md#stopped-is-not-ended"),
            check!(step_2_no_such_child_is_an_error).forks(1),
            check!(step_3_the_answer_of_a_child).forks(2).see("fork-basics.md#the-exit-status"),
            check!(step_3_the_work_is_done_in_the_child).forks(1).see("fork-basics.md#two-memories"),
            check!(step_3_a_signal_leaves_no_exit_status).forks(1).see("waitpid.md#signals"),
            check!(step_3_how_the_child_has_really_ended).forks(2).see("waitpid.md#signals"),
            check!(step_3_a_stop_is_not_an_end).forks(1).see("waitpid.md#stopped-is-not-ended"),
            check!(step_3_work_may_have_a_child_too).forks(2),
            check!(step_3_work_finds_what_the_caller_had)
                .forks(1)
                .see("fork-basics.md#two-memories"),
            check!(step_3_another_child_is_left_alone).forks(2).see("waitpid.md#one-child-or-any"),
            check!(step_3_a_wait_that_fails_is_an_error).forks(1),
            check!(step_3_a_fork_that_fails_is_an_error)
                .fork_fails(1)
                .forks(0)
                .see("fork-basics.md#a-fork-that-fails"),
            check!(step_4_two_answers_in_order)
                .forks(2)
                .see("many-forks.md#first-fork-all-then-wait"),
            check!(step_4_both_run_at_the_same_time)
                .if_it_hangs(
                    "No child ends before both are running. Do you wait for the first before you have forked the\n\
                     second?",
                )
                .forks(2)
                .at_once(2, 2)
                .see("many-forks.md#first-fork-all-then-wait"),
            check!(step_4_a_signal_leaves_no_exit_status).forks(4).see("waitpid.md#signals"),
            check!(step_4_how_the_children_have_really_ended).forks(4).see("waitpid.md#signals"),
            check!(step_4_a_stop_is_not_an_end).forks(4).see("waitpid.md#stopped-is-not-ended"),
            check!(step_4_work_finds_what_the_caller_had)
                .forks(2)
                .see("fork-basics.md#two-memories"),
            check!(step_4_another_child_is_left_alone).forks(4).see("waitpid.md#one-child-or-any"),
            check!(step_4_a_wait_that_fails_is_an_error).forks(4),
            check!(step_4_without_the_first_child_there_is_no_second)
                .fork_fails(1)
                .forks(0)
                .see("many-forks.md#a-fork-that-fails"),
            check!(step_4_the_first_child_is_not_forgotten)
                .fork_fails(2)
                .forks(3)
                .see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

/// The check waits for the child, and checks how it ended.
fn step_1_the_child_ends_with_the_status() {
    for status in [0, 3, 255, 137] {
        let child = end_in_child(status);
        let Ok(pid) = child else { panic!("end_in_child({status}) returned {child:?}") };
        let ended = waitpid(pid, None);
        let wanted = Ok(WaitStatus::Exited(pid, status.into()));
        wait_for_what_is_left();
        assert_eq!(ended, wanted, "how the child of end_in_child({status}) ended");
    }
}

/// The function returns while nothing is known about the end of the child.
fn step_1_the_wait_is_the_callers() {
    let waits = plant(Call::Wait.every().in_parent().is_counted());
    let child = end_in_child(4);
    let count = waits.times();
    drop(waits);
    wait_for_what_is_left();
    assert!(child.is_ok(), "end_in_child(4) returned {child:?}");
    assert_eq!(count, 0, "how often end_in_child waited, although its caller waits");
}

/// When there are too many processes, fork fails with EAGAIN; without memory, with ENOMEM.
fn step_1_a_fork_that_fails_is_an_error() {
    let child = end_in_child(0);
    wait_for_what_is_left();
    assert_eq!(child, Err(Errno::EAGAIN), "the fork failed with EAGAIN");
    let _refused = no_memory_for_fork(1);
    let child = end_in_child(0);
    wait_for_what_is_left();
    assert_eq!(child, Err(Errno::ENOMEM), "the fork failed with ENOMEM");
}

/// A child of the check that does `work`.
fn child(work: impl FnOnce() -> u8) -> Pid {
    // SAFETY: a check has one thread.
    match unsafe { fork() }.expect("a fork of the check") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            let status = work();
            // SAFETY: takes a number, and does not return.
            unsafe { libc::_exit(status.into()) }
        }
    }
}

/// Calls `status_of`, and reaps what it has left, so that the verdict is about its answer.
fn asked(child: Pid) -> nix::Result<Option<i32>> {
    let status = status_of(child);
    wait_for_what_is_left();
    status
}

/// The exit status is the number itself, without the other bits of the kernel's status word.
fn step_2_the_exit_status_of_a_child() {
    for status in [0, 3, 255, 130, 137] {
        let got = asked(child(|| status));
        assert_eq!(got, Ok(Some(status.into())), "a child that ended with exit status {status}");
    }
}

/// There is no exit status in this case, and the function must not invent one.
fn step_2_a_signal_leaves_no_exit_status() {
    assert_eq!(asked(child(|| die())), Ok(None), "a child that SIGKILL ended");
    for signal in [Signal::SIGTERM, Signal::SIGUSR1] {
        let ended = child(|| {
            let _ = raise(signal);
            0
        });
        assert_eq!(asked(ended), Ok(None), "a child that {signal} ended");
    }
}

/// The caller has another child, which has already ended.
fn step_2_it_waits_for_this_child() {
    let _stranger = Stranger::zombie();
    assert_eq!(status_of(child(|| 5)), Ok(Some(5)), "a child that ended with exit status 5");
}

/// A stopped process continues at SIGCONT. It has not ended yet.
fn step_2_a_stop_is_not_an_end() {
    let stop = Stop::new();
    let status = asked(child(|| {
        stop.here();
        5
    }));
    let what = "a child that was stopped, then continued, and ended with exit status 5";
    assert_eq!(status, Ok(Some(5)), "{what}");
}

/// The function does not poll, is patient, and notices the end soon.
fn step_2_it_sleeps_while_it_waits() {
    let start = Instant::now();
    let slow = child(|| {
        slow_work(1100);
        6
    });
    assert_eq!(asked(slow), Ok(Some(6)), "a child that ended after 1.1 s, with exit status 6");
    let took = start.elapsed();
    assert!(took < Duration::from_millis(1700), "the child took 1.1 s; status_of took {took:?}");
}

/// Process 1 is not a child of this process, and neither is one that was waited for.
fn step_2_no_such_child_is_an_error() {
    assert_eq!(status_of(Pid::from_raw(1)), Err(Errno::ECHILD), "a process that is not a child");
    let child = child(|| 3);
    assert_eq!(status_of(child), Ok(Some(3)), "a child that ended with exit status 3");
    assert_eq!(status_of(child), Err(Errno::ECHILD), "the same, which has been waited for");
}

/// The child ends with the number that the work returns.
fn step_3_the_answer_of_a_child() {
    assert_eq!(answer_of_child(|| 7), Ok(Some(7)), "the work returned 7");
    assert_eq!(answer_of_child(|| 255), Ok(Some(255)), "the work returned 255");
}

/// The child changes only its own memory.
fn step_3_the_work_is_done_in_the_child() {
    let calls = Cell::new(0);
    let answer = answer_of_child(|| {
        calls.set(calls.get() + 1);
        calls.get()
    });
    assert_eq!(answer, Ok(Some(1)), "the child added 1 to a variable that was 0");
    let parents = calls.get();
    assert_eq!(parents, 0, "the same variable in the parent, which is 1 if the work ran there");
}

/// The work never returns a number in this case.
fn step_3_a_signal_leaves_no_exit_status() {
    assert_eq!(answer_of_child(|| die()), Ok(None), "SIGKILL ended the child during the work");
}

/// The work returned 7. Then the child ended otherwise, which only the wait can tell.
fn step_3_how_the_child_has_really_ended() {
    for (end, wanted) in [(End::Killed, None), (End::Status9, Some(9))] {
        let planted = child_ends_otherwise(0, end);
        let answer = answer_of_child(|| 7);
        if planted.happened() {
            assert_eq!(answer, Ok(wanted), "the work returned 7; then the child ended: {end:?}");
        }
    }
}

/// Stopped as by Ctrl-Z, during the work.
fn step_3_a_stop_is_not_an_end() {
    let stop = Stop::new();
    let answer = answer_of_child(|| {
        stop.here();
        7
    });
    wait_for_what_is_left();
    assert_eq!(answer, Ok(Some(7)), "the child was stopped, then continued; the work returned 7");
}

/// The work is a caller of the function itself.
fn step_3_work_may_have_a_child_too() {
    let answer = answer_of_child(|| match answer_of_child(|| 7) {
        Ok(Some(status)) => status as u8 + 1,
        _ => 99,
    });
    assert_eq!(answer, Ok(Some(8)), "the work called answer_of_child(|| 7), and added 1");
}

/// The child is a copy of the caller.
fn step_3_work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let answer = answer_of_child(|| {
        inherited.look();
        7
    });
    inherited.assert_all();
    assert_eq!(answer, Ok(Some(7)), "the work returned 7");
}

/// A wait fails with ECHILD, as it does if the caller ignores SIGCHLD.
fn step_3_a_wait_that_fails_is_an_error() {
    a_failed_wait_is(Errno::ECHILD, "the wait", || answer_of_child(|| 7));
}

/// As in step 1.
fn step_3_a_fork_that_fails_is_an_error() {
    assert_eq!(answer_of_child(|| 7), Err(Errno::EAGAIN), "the fork failed with EAGAIN");
    let _refused = no_memory_for_fork(1);
    assert_eq!(answer_of_child(|| 7), Err(Errno::ENOMEM), "the fork failed with ENOMEM");
}

/// The caller has another child, which has ended; then one that continues to run.
fn step_3_another_child_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        assert_eq!(answer_of_child(|| 7), Ok(Some(7)), "the work returned 7");
    }
}

/// The order is the same whichever child ends first.
fn step_4_two_answers_in_order() {
    let slow = || {
        slow_work(30);
        1
    };
    assert_eq!(
        two_at_once(slow, || 2),
        Ok([Some(1), Some(2)]),
        "the two closures returned 1 and 2"
    );
}

/// Neither child ends before the other one is running.
fn step_4_both_run_at_the_same_time() {
    let barrier: Barrier<2> = Barrier::new();
    let meet = |number: usize| {
        barrier.pass(number);
        number as u8
    };
    let answers = two_at_once(|| meet(0), || meet(1));
    assert_eq!(answers, Ok([Some(0), Some(1)]), "the two closures returned 0 and 1");
}

/// The first child is killed, then the second. The other one has an exit status.
fn step_4_a_signal_leaves_no_exit_status() {
    let answers = two_at_once(|| die(), || 2);
    assert_eq!(answers, Ok([None, Some(2)]), "SIGKILL ended the first; the second returned 2");
    let answers = two_at_once(|| 1, || die());
    assert_eq!(answers, Ok([Some(1), None]), "the first returned 1; SIGKILL ended the second");
}

/// The two closures returned 1 and 2. Then one child was killed.
fn step_4_how_the_children_have_really_ended() {
    for (killed, wanted) in [(0, [None, Some(2)]), (1, [Some(1), None])] {
        let planted = child_ends_otherwise(killed, End::Killed);
        let answers = two_at_once(|| 1, || 2);
        if planted.happened() {
            assert_eq!(answers, Ok(wanted), "child {killed} was killed after its work");
        }
    }
}

/// Either child is stopped, as by Ctrl-Z, and continues.
fn step_4_a_stop_is_not_an_end() {
    for stopped in [1, 2] {
        let stop = Stop::new();
        let work = |number| {
            if number == stopped {
                stop.here();
            }
            number
        };
        let answers = two_at_once(|| work(1), || work(2));
        wait_for_what_is_left();
        let wanted = Ok([Some(1), Some(2)]);
        assert_eq!(answers, wanted, "child {stopped} was stopped, then continued");
    }
}

/// Each child is a copy of the caller.
fn step_4_work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let work = |number| {
        inherited.look();
        number
    };
    let answers = two_at_once(|| work(1), || work(2));
    inherited.assert_all();
    assert_eq!(answers, Ok([Some(1), Some(2)]), "the two closures returned 1 and 2");
}

/// Every wait fails with ECHILD; then only the second.
fn step_4_a_wait_that_fails_is_an_error() {
    let second = || plant(Call::Wait.nth(2).in_parent().fails(Errno::ECHILD));
    for failing in [every_wait_fails, second] {
        let failing = failing();
        let answers = two_at_once(|| 1, || 2);
        let happened = failing.happened();
        drop(failing);
        wait_for_what_is_left();
        if happened {
            assert_eq!(answers, Err(Errno::ECHILD), "a wait failed with ECHILD");
        }
    }
}

/// The first fork fails. Without it, the second child would be forked for nothing.
fn step_4_without_the_first_child_there_is_no_second() {
    let answers = two_at_once(|| 1, || 2);
    wait_for_what_is_left();
    assert_eq!(answers, Err(Errno::EAGAIN), "the first fork failed with EAGAIN");
}

/// The caller has another child, which has ended; then one that continues to run.
fn step_4_another_child_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        let answers = two_at_once(|| 1, || 2);
        assert_eq!(answers, Ok([Some(1), Some(2)]), "the two closures returned 1 and 2");
    }
}

/// The second fork fails. The first child exists. It finishes its work, and has to be reaped.
fn step_4_the_first_child_is_not_forgotten() {
    let marks = Marks::new();
    let first = || {
        marks.work();
        1
    };
    let answers = two_at_once(first, || 2);
    assert_eq!(answers, Err(Errno::EAGAIN), "the second fork failed with EAGAIN");
    marks.are_left_by(1);
    for first in [|| 1, || die()] {
        let _refused = no_memory_for_fork(2);
        let answers = two_at_once(first, || 2);
        assert_eq!(answers, Err(Errno::ENOMEM), "the second fork failed with ENOMEM");
    }
}
