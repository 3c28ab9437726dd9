//! What your `run_tasks` must do.

use std::io::{Read, Write, pipe};
use std::os::fd::AsFd;
use std::time::Duration;

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check, panic_on_purpose};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{Signal, raise};

use super::answers::rerun_failed::{Outcome, Outcome::*, run_tasks};

#[path = "meeting.rs"]
mod meeting;
use meeting::{Meeting, Turns};
#[path = "edges.rs"]
mod edges;
#[path = "tools.rs"]
mod tools;
use edges::{end_like, refuse_a_fork_amid_others, refuse_forks, told_of_ends};
use tools::{
    Gate, Inherited, LITTLE, Marks, Stop, Zombie, says_interrupted, slow_work,
    wait_for_what_is_left,
};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "rerun_failed",
        [
            check!(a_successful_task_is_run_once).forks(4).see("many-forks.md#leaving-the-loop"),
            check!(the_tasks_are_begun_in_order).forks(6).at_once(1, 1),
            check!(three_run_at_once_and_never_four)
                .if_it_hangs("Three children may run at once, and none of the first three ends before all three are running.\n\
                     Do you wait for one child although another may start?")
                .forks(6)
                .at_once(3, 3)
                .see("waitpid.md#at-most-k-at-once"),
            check!(a_slow_task_holds_up_no_other)
                .if_it_hangs("Two children may run at once, and task 0 ends only when task 24 has begun. Do you fork the next\n\
                     child as soon as either has ended, or wait for both?").forks(25).see("waitpid.md#at-most-k-at-once"),
            check!(a_task_is_given_up_after_all_attempts)
                .forks(7)
                .at_once(1, 1)
                .within(Duration::from_secs(1)),
            check!(the_outcomes_are_in_the_order_of_the_tasks).forks(3),
            check!(a_failed_task_is_run_again).forks(5),
            check!(a_killed_task_has_failed).forks(8).see("waitpid.md#signals"),
            check!(a_status_above_128_is_not_a_signal).forks(4).see("waitpid.md#the-status-word"),
            check!(the_last_attempt_counts).forks(4).see("waitpid.md#the-status-word"),
            check!(a_rerun_waits_for_no_other_task)
                .if_it_hangs(
                    "Task 0 ends only when task 1, which failed, has begun again. Add a failed task to the pending\n\
                     tasks as soon as it has failed, not after all the others have finished.",
                )
                .forks(3)
                .see("waitpid.md#at-most-k-at-once"),
            check!(a_stop_is_not_an_end).forks(2).see("waitpid.md#stopped-is-not-ended"),
            check!(no_tasks_at_all).forks(0),
            check!(many_tasks_and_no_limits).forks(300 + 2 + 300).at_most(64).within(Duration::from_secs(15)),
            check!(seventy_at_once)
                .if_it_hangs(
                    "Seventy children may run at once, and none of them ends before all seventy are running.",
                )
                .forks(70)
                .at_most(80)
                .see("waitpid.md#at-most-k-at-once"),
            check!(a_second_call_is_like_the_first).forks(4 + 3),
            check!(the_parent_sleeps_while_it_waits)
                .forks(2)
                .uses_at_most(LITTLE)
                .see("waitpid.md#at-most-k-at-once"),
            check!(a_signal_interrupts_every_wait)
                .plant(Call::Wait.two_of_three().in_parent().interrupted())
                .see("waitpid.md#eintr"),
            check!(a_child_of_the_caller_is_not_a_task)
                .if_it_hangs(
                    "Your function waits until there is no child left. However, the caller has a child of its own,\n\
                     which has not ended. Stop when every child that your function has forked has been reported.",
                )
                .forks(3)
                .see("waitpid.md#one-child-or-any"),
            check!(an_ended_child_of_the_caller_is_not_a_task)
                .forks(1 + 3)
                .see("waitpid.md#one-child-or-any"),
            check!(when_a_fork_fails_the_others_finish)
                .forks(2)
                .fork_fails(3)
                .see("many-forks.md#a-fork-that-fails"),
            check!(when_a_fork_for_a_rerun_fails_the_others_finish)
                .forks(2)
                .fork_fails(3)
                .see("many-forks.md#a-fork-that-fails"),
            check!(a_wait_that_fails_is_an_error).if_it_hangs("Every wait failed with ECHILD: there is no child to wait for. Repeat a wait after EINTR only.").see("waitpid.md#eintr"),
            check!(only_the_first_tasks_begin).see("many-forks.md#a-fork-that-fails"),
            check!(for_whatever_reason_a_fork_fails).see("many-forks.md#a-fork-that-fails"),
            check!(a_fork_that_fails_amid_others).see("many-forks.md#a-fork-that-fails"),
            check!(in_whatever_order_they_end)
                .in_every_order()
                .forks(3)
                .see("waitpid.md#one-child-or-any"),
            check!(whichever_fork_fails)
                .in_every_order()
                .with_any_fork_refused()
                .see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

const AT_FIRST: Outcome = Succeeded { attempt: 1 };

/// Four tasks, two at once, without any failure: four children.
fn a_successful_task_is_run_once() {
    assert_eq!(run_tasks(4, 2, 3, |_, _| 0), Ok(vec![AT_FIRST; 4]), "every task returned 0");
}

/// The first three wait for each other, so they have to run at the same time. Then they run for
/// another 100 ms, or until a fourth child runs, which must not start before one of them ends.
fn three_run_at_once_and_never_four() {
    let meeting = Meeting::of(3);
    let (met, all_met) = pipe().expect("a pipe for the check");
    let (news, fourth) = pipe().expect("a pipe for the check");
    let outcomes = run_tasks(6, 3, 1, |task, _| {
        let _ = match task {
            0..3 => {
                meeting.attend(task);
                let _ = (&all_met).write(b".");
                poll(&mut [PollFd::new(news.as_fd(), PollFlags::POLLIN)], 100u8).is_ok()
            }
            _ => (&met).read(&mut [0]).is_ok() && (&fourth).write(b".").is_ok(),
        };
        0
    });
    assert_eq!(outcomes, Ok(vec![AT_FIRST; 6]), "every task returned 0");
}

/// Two run at once. The first task ends only when the last has begun. In the meantime, all other
/// tasks run beside it, one after the other: so many that a wait for either child, chosen by chance,
/// is sooner or later a wait for the first.
fn a_slow_task_holds_up_no_other() {
    let (news, last) = pipe().expect("a pipe for the check");
    let outcomes = run_tasks(25, 2, 1, |task, _| {
        let done = match task {
            0 => (&news).read(&mut [0]),
            24 => (&last).write(b"."),
            _ => Ok(1),
        };
        u8::from(!matches!(done, Ok(1)))
    });
    assert_eq!(outcomes, Ok(vec![AT_FIRST; 25]), "every task returned 0");
}

/// The last task ends first, but its outcome is the last in the result nevertheless.
fn the_outcomes_are_in_the_order_of_the_tasks() {
    let turns = Turns::last_first(3, Duration::from_secs(1));
    let outcomes = run_tasks(3, 3, 1, |task, _| {
        turns.take_turn(task);
        task as u8
    });
    let wanted = vec![AT_FIRST, Failed { status: 1 }, Failed { status: 2 }];
    assert_eq!(outcomes, Ok(wanted), "task n returned n; the last task ended first");
}

/// Each attempt is told its number, because a child does not know what the previous child did.
fn a_failed_task_is_run_again() {
    let outcomes = run_tasks(3, 2, 5, |task, attempt| match (task, attempt) {
        (1, 1 | 2) => 4,
        _ => 0,
    });
    let wanted = vec![AT_FIRST, Succeeded { attempt: 3 }, AT_FIRST];
    assert_eq!(outcomes, Ok(wanted), "task 1 returned 4, 4, and then 0 at its third attempt");
}

/// There are at most three attempts, and the last exit status is returned. Reruns count like all other
/// attempts: no more than one child runs at once.
fn a_task_is_given_up_after_all_attempts() {
    let outcomes = run_tasks(3, 1, 3, |task, attempt| match task {
        0 => 0,
        _ => attempt as u8 * 10 + task as u8,
    });
    let wanted = vec![AT_FIRST, Failed { status: 31 }, Failed { status: 32 }];
    assert_eq!(outcomes, Ok(wanted), "all three attempts at tasks 1 and 2 failed");
}

/// A signal leaves no exit status, and therefore not 0 either, so it is a failure like any other. So
/// is a panic.
fn a_killed_task_has_failed() {
    let outcomes = run_tasks(4, 3, 2, |task, attempt| {
        if task == 2 || (task == 3 && attempt == 1) {
            panic_on_purpose("in the child");
        }
        if task == 1 || (task == 0 && attempt == 1) {
            let _ = raise(Signal::SIGKILL);
        }
        0
    });
    let again = Succeeded { attempt: 2 };
    let wanted = vec![again, Killed { signal: Signal::SIGKILL }, Failed { status: 101 }, again];
    let what = "task 0 was killed once, 1 killed twice; 2 panicked twice, 3 panicked once";
    assert_eq!(outcomes, Ok(wanted), "{what}");
}

/// Shells report a signal as a status above 128. A parent can tell them apart.
fn a_status_above_128_is_not_a_signal() {
    let outcomes = run_tasks(4, 2, 1, |task, _| end_like(task));
    let failed = |status| Failed { status };
    let wanted = told_of_ends(failed, |signal| Killed { signal }).to_vec();
    assert_eq!(outcomes, Ok(wanted), "exit(137), exit(255), SIGTERM, SIGUSR1");
}

/// Task 0 is killed and then returns 5, and task 1 the other way round.
fn the_last_attempt_counts() {
    let outcomes = run_tasks(
        2,
        2,
        2,
        |task, attempt| {
            if task + 1 == attempt as usize { end_like(2) } else { 5 }
        },
    );
    let wanted = vec![Failed { status: 5 }, Killed { signal: Signal::SIGTERM }];
    assert_eq!(outcomes, Ok(wanted), "task 0: SIGTERM, then 5; task 1: 5, then SIGTERM");
}

/// Task 1 fails at once. Task 0 does not end before task 1 has begun again, which is possible because
/// two children may run at once.
fn a_rerun_waits_for_no_other_task() {
    let again = Gate::new();
    let outcomes = run_tasks(2, 2, 2, |task, attempt| {
        match (task, attempt) {
            (0, _) => again.wait(),
            (_, 1) => return 5,
            _ => again.open(),
        }
        0
    });
    let wanted = vec![AT_FIRST, Succeeded { attempt: 2 }];
    assert_eq!(outcomes, Ok(wanted), "task 1 returned 5, and then 0");
}

/// Task 0 stops for a while, as by Ctrl-Z, and continues. It has not ended yet.
fn a_stop_is_not_an_end() {
    let stop = Stop::new();
    let outcomes = run_tasks(2, 2, 1, |task, _| {
        if task == 0 {
            stop.here();
        }
        0
    });
    wait_for_what_is_left();
    assert_eq!(
        outcomes,
        Ok(vec![AT_FIRST; 2]),
        "task 0 was stopped, then continued; both tasks returned 0"
    );
}

/// A wait without any child fails with ECHILD, which your function must not return here.
fn no_tasks_at_all() {
    assert_eq!(run_tasks(0, 4, 3, |_, _| 0), Ok(vec![]), "there were no tasks");
}

/// Only one child runs at a time, so the children write their numbers in the order in which they began.
fn the_tasks_are_begun_in_order() {
    let (mut begun, beginning) = pipe().expect("a pipe for the check");
    let outcomes =
        run_tasks(6, 1, 1, |task, _| u8::from((&beginning).write_all(&[task as u8]).is_err()));
    drop(beginning);
    let mut order = Vec::new();
    let read = begun.read_to_end(&mut order);
    assert!(read.is_ok(), "the check's own read");
    assert_eq!(order, [0, 1, 2, 3, 4, 5], "the tasks, in the order in which they began");
    assert_eq!(outcomes, Ok(vec![AT_FIRST; 6]), "every task returned 0");
}

/// Many tasks, and limits that are never reached.
fn many_tasks_and_no_limits() {
    let wanted = (0..300).map(|task| match task % 256 {
        0 => AT_FIRST,
        status => Failed { status },
    });
    let outcomes = run_tasks(300, 8, 1, |task, _| task as u8);
    assert_eq!(outcomes, Ok(wanted.collect()), "task n returned n % 256");
    let all = run_tasks(2, usize::MAX, 1, |_, _| 255);
    assert_eq!(all, Ok(vec![Failed { status: 255 }; 2]), "2 tasks, any number at once");
    let often = run_tasks(1, 1, u32::MAX, |_, attempt| u8::from(attempt < 300));
    assert_eq!(often, Ok(vec![Succeeded { attempt: 300 }]), "1 task, any number of attempts");
}

/// More than an integer has bits. They wait for each other, so they have to run at the same time.
fn seventy_at_once() {
    let meeting = Meeting::of(70);
    let outcomes = run_tasks(70, 70, 1, |task, _| {
        meeting.attend(task);
        0
    });
    assert_eq!(outcomes, Ok(vec![AT_FIRST; 70]), "every task returned 0");
}

/// The first call leaves nothing behind that affects the second, in which the children have what the caller had.
fn a_second_call_is_like_the_first() {
    let again = Succeeded { attempt: 2 };
    let fails_once = |task, attempt| u8::from(task == 0 && attempt == 1);
    let outcomes = run_tasks(3, 2, 2, fails_once);
    assert_eq!(outcomes, Ok(vec![again, AT_FIRST, AT_FIRST]), "task 0 of three returned 1, then 0");
    let inherited = Inherited::new();
    let outcomes = run_tasks(2, 2, 2, |task, attempt| {
        inherited.look();
        fails_once(task, attempt)
    });
    inherited.assert_all();
    assert_eq!(outcomes, Ok(vec![again, AT_FIRST]), "a second call: the same, with two tasks");
}

/// The parent has nothing to do except wait.
fn the_parent_sleeps_while_it_waits() {
    let outcomes = run_tasks(2, 2, 1, |_, _| {
        slow_work(200);
        0
    });
    assert_eq!(outcomes, Ok(vec![AT_FIRST; 2]), "every task returned 0 after 0.2 s");
}

/// A signal handler ran, and the wait fails with EINTR. No child has ended, so wait again.
fn a_signal_interrupts_every_wait() {
    let outcomes = run_tasks(4, 2, 2, |task, attempt| u8::from(task == 1 && attempt == 1));
    if !says_interrupted(outcomes.as_ref().err().map(|error| *error as i32)) {
        let wanted = vec![AT_FIRST, Succeeded { attempt: 2 }, AT_FIRST, AT_FIRST];
        assert_eq!(outcomes, Ok(wanted), "two of three waits failed with EINTR");
    }
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_is_not_a_task() {
    let _stranger = Stranger::alive();
    assert_eq!(run_tasks(3, 2, 1, |_, _| 0), Ok(vec![AT_FIRST; 3]), "every task returned 0");
}

/// The caller's own child has already ended, and `wait` may reap it.
fn an_ended_child_of_the_caller_is_not_a_task() {
    let _zombie = Zombie::new();
    assert_eq!(run_tasks(3, 2, 1, |_, _| 0), Ok(vec![AT_FIRST; 3]), "every task returned 0");
}

/// The third of four forks fails with EAGAIN, as when there are too many processes. Two children are
/// working by then, and each leaves a mark when it is done. No further task begins.
fn when_a_fork_fails_the_others_finish() {
    let marks = Marks::new();
    let outcomes = run_tasks(4, 3, 1, |_, _| {
        marks.work();
        0
    });
    assert_eq!(outcomes, Err(Errno::EAGAIN), "the third fork failed");
    marks.are_left_by(2);
}

/// Task 0 fails and has to run again, but the fork for its rerun fails. Task 1 is still working.
fn when_a_fork_for_a_rerun_fails_the_others_finish() {
    let marks = Marks::new();
    let outcomes = run_tasks(2, 2, 2, |task, _| {
        if task == 1 {
            marks.work();
        }
        1
    });
    assert_eq!(outcomes, Err(Errno::EAGAIN), "the third fork failed");
    marks.are_left_by(1);
}

/// Every wait fails, as it does if the children were waited for elsewhere. To wait again would be of no use.
fn a_wait_that_fails_is_an_error() {
    let failed = plant(Call::Wait.every().in_parent().fails(Errno::ECHILD));
    let outcomes = run_tasks(2, 2, 1, |_, _| 0);
    drop(failed);
    wait_for_what_is_left();
    assert_eq!(outcomes, Err(Errno::ECHILD), "every wait failed with ECHILD");
}

/// Three tasks may run at once. The first fork fails, or the second, or the third: the tasks before it have
/// begun, and no other.
fn only_the_first_tasks_begin() {
    for number in 1..=3 {
        let (mut begun, beginning) = pipe().expect("a pipe for the check");
        let refused = plant(Call::Fork.nth(number).in_parent().fails(Errno::EAGAIN));
        let outcomes =
            run_tasks(5, 3, 2, |task, _| u8::from((&beginning).write_all(&[task as u8]).is_err()));
        drop((refused, beginning));
        let mut tasks = Vec::new();
        let read = begun.read_to_end(&mut tasks);
        assert!(read.is_ok(), "the check's own read");
        tasks.sort_unstable();
        let wanted: Vec<u8> = (0..number as u8 - 1).collect();
        assert_eq!(tasks, wanted, "the tasks that began, when fork number {number} failed");
        assert_eq!(outcomes, Err(Errno::EAGAIN), "fork number {number} failed");
    }
}

/// Any of the first forks fails, for want of processes or of memory.
fn for_whatever_reason_a_fork_fails() {
    refuse_forks(|| {
        let outcomes = run_tasks(2, 2, 2, |task, attempt| u8::from(task == 0 && attempt == 1));
        outcomes.map_err(|error| Some(error as i32))
    });
}

/// The third fork fails, the waits for the children before it are interrupted, and other children of the caller
/// are there.
fn a_fork_that_fails_amid_others() {
    refuse_a_fork_amid_others(|| {
        let result = run_tasks(4, 4, 2, |_, _| 0);
        result.map_err(|error| Some(error as i32))
    });
}

/// The first of two tasks fails at its first attempt. The attempts end in every order, between any two
/// calls of your function.
fn in_whatever_order_they_end() {
    let outcomes = run_tasks(2, 2, 2, |task, attempt| u8::from(task == 0 && attempt == 1));
    let wanted = vec![Succeeded { attempt: 2 }, AT_FIRST];
    assert_eq!(
        outcomes,
        Ok(wanted),
        "task 0 returned 1 at its first attempt, then 0; task 1 returned 0"
    );
}

/// Any of the three forks may fail, in every order of the steps of the children before it.
fn whichever_fork_fails() {
    match run_tasks(2, 2, 2, |task, attempt| u8::from(task == 0 && attempt == 1)) {
        Err(error) => assert_eq!(error, Errno::EAGAIN, "a fork failed"),
        Ok(outcomes) => {
            let wanted = [Succeeded { attempt: 2 }, AT_FIRST];
            assert_eq!(outcomes, wanted, "no fork failed, according to your function");
        }
    }
}
