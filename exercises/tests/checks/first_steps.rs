//! What your functions in `first_steps` must do, step by step.

use std::cell::Cell;

use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

use super::answers::first_steps::{answer_of_child, end_in_child, status_of, two_at_once};

#[path = "tools.rs"]
mod tools;
use tools::{Barrier, LITTLE, Marks, die, slow_work, wait_for_what_is_left};

pub(crate) fn suite() -> Suite {
    Suite::new(
        "first_steps",
        [
            check!(step_1_the_child_ends_with_the_status)
                .forks(3)
                .see("fork-basics.md#the-exit-status"),
            check!(step_1_a_fork_that_fails_is_an_error)
                .fork_fails(1)
                .forks(0)
                .see("fork-basics.md#a-fork-that-fails"),
            check!(step_2_the_exit_status_of_a_child)
                .forks(3)
                .see("fork-basics.md#the-exit-status"),
            check!(step_2_a_signal_leaves_no_exit_status).forks(1).see("waitpid.md#signals"),
            check!(step_2_it_waits_for_this_child).forks(1).see("waitpid.md#one-child-or-any"),
            check!(step_2_it_sleeps_while_it_waits).forks(1).uses_at_most(LITTLE),
            check!(step_2_no_such_child_is_an_error).forks(0),
            check!(step_3_the_answer_of_a_child).forks(2).see("fork-basics.md#the-exit-status"),
            check!(step_3_the_work_is_done_in_the_child).forks(1).see("fork-basics.md#two-memories"),
            check!(step_3_a_signal_leaves_no_exit_status).forks(1).see("waitpid.md#signals"),
            check!(step_3_another_child_is_left_alone).forks(2).see("waitpid.md#one-child-or-any"),
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
            check!(step_4_another_child_is_left_alone).forks(4).see("waitpid.md#one-child-or-any"),
            check!(step_4_the_first_child_is_not_forgotten)
                .fork_fails(2)
                .forks(1)
                .see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

/// The check waits for the child, and checks how it ended.
fn step_1_the_child_ends_with_the_status() {
    for status in [0, 3, 255] {
        let child = end_in_child(status);
        let Ok(pid) = child else { panic!("end_in_child({status}) returned {child:?}") };
        let ended = waitpid(pid, None);
        let wanted = Ok(WaitStatus::Exited(pid, status.into()));
        wait_for_what_is_left();
        assert_eq!(ended, wanted, "how the child of end_in_child({status}) ended");
    }
}

/// When there are too many processes, fork fails with EAGAIN.
fn step_1_a_fork_that_fails_is_an_error() {
    let child = end_in_child(0);
    wait_for_what_is_left();
    assert_eq!(child, Err(Errno::EAGAIN), "the fork failed with EAGAIN");
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
    for status in [0, 3, 255] {
        let got = asked(child(|| status));
        assert_eq!(got, Ok(Some(status.into())), "a child that ended with exit status {status}");
    }
}

/// There is no exit status in this case, and the function must not invent one.
fn step_2_a_signal_leaves_no_exit_status() {
    assert_eq!(asked(child(|| die())), Ok(None), "a child that SIGKILL ended");
}

/// The caller has another child, which has already ended.
fn step_2_it_waits_for_this_child() {
    let _stranger = Stranger::zombie();
    assert_eq!(status_of(child(|| 5)), Ok(Some(5)), "a child that ended with exit status 5");
}

/// The function does not poll.
fn step_2_it_sleeps_while_it_waits() {
    let slow = child(|| {
        slow_work(200);
        6
    });
    assert_eq!(asked(slow), Ok(Some(6)), "a child that ended after 0.2 s, with exit status 6");
}

/// Process 1 is not a child of this process.
fn step_2_no_such_child_is_an_error() {
    assert_eq!(status_of(Pid::from_raw(1)), Err(Errno::ECHILD), "a process that is not a child");
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
}
