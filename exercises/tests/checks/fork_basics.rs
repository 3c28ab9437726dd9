//! What your `run_in_child` must do.

use std::io::{Read, Write, pipe};
use std::panic::resume_unwind;
use std::process;
use std::time::{Duration, Instant};

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check, panic_on_purpose};
use nix::errno::Errno;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::answers::fork_basics::run_in_child;

#[path = "tools.rs"]
mod tools;
use tools::{
    End, Inherited, LITTLE, Stop, a_failed_wait_is, child_ends_otherwise, die, no_memory_for_fork,
    slow_work, wait_for_what_is_left,
};

pub(crate) fn suite() -> Suite {
    Suite::new(
        "fork_basics",
        [
            check!(the_exit_status_is_returned).forks(4).see("fork-basics.md#the-exit-status"),
            check!(the_work_is_done_in_the_child).forks(1).see("fork-basics.md#two-memories"),
            check!(work_finds_what_the_caller_had).forks(1).see("fork-basics.md#two-memories"),
            check!(work_may_have_a_child_too).forks(2),
            check!(a_panic_is_exit_status_101).forks(2).see("fork-basics.md#panics"),
            check!(a_signal_is_not_an_exit_status).forks(8).see("waitpid.md#signals"),
            check!(the_status_names_the_child).forks(2).see("waitpid.md#one-child-or-any"),
            check!(how_the_child_has_really_ended).forks(3).see("waitpid.md#the-status-word"),
            check!(another_child_is_left_alone).forks(2).see("waitpid.md#one-child-or-any"),
            check!(the_parent_sleeps_while_it_waits)
                .forks(1)
                .uses_at_most(3 * LITTLE)
                .see("fork-basics.md#the-exit-status"),
            check!(a_stop_is_not_an_end).forks(1).see("waitpid.md#stopped-is-not-ended"),
            check!(a_wait_that_fails_is_an_error).forks(1),
            check!(a_fork_that_fails_is_an_error)
                .forks(0)
                .fork_fails(1)
                .see("fork-basics.md#a-fork-that-fails"),
        ],
    )
}

/// The result: an exit status, or a description of how else the child ended.
fn run(work: impl FnOnce() -> u8) -> Result<i32, String> {
    match run_in_child(work) {
        Ok(WaitStatus::Exited(_, status)) => Ok(status),
        Ok(other) => Err(format!("{other:?}")),
        Err(error) => Err(format!("the error {error}")),
    }
}

/// 0 means success by convention; 137 is what a shell shows for SIGKILL; 255 is the largest possible status. The children end at once, and so
/// must your function: a pause in it would only cost time.
fn the_exit_status_is_returned() {
    let start = Instant::now();
    for status in [0, 3, 137, 255] {
        assert_eq!(run(|| status), Ok(status.into()), "the work returned {status}");
    }
    let took = start.elapsed();
    assert!(took < Duration::from_millis(700), "four children that ended at once took {took:?}");
}

/// The child has a copy of all memory, so the parent does not see its changes.
fn the_work_is_done_in_the_child() {
    let mut calls = 0;
    let status = run(|| {
        calls += 1;
        calls
    });
    assert_eq!(status, Ok(1), "the child added 1 to a variable that was 0; its exit status");
    assert_eq!(calls, 0, "the same variable in the parent, where no process has changed it");
}

/// The child is a copy of the caller.
fn work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let status = run(|| {
        inherited.look();
        3
    });
    inherited.assert_all();
    assert_eq!(status, Ok(3), "the work returned 3");
}

/// The work is a caller of your function itself.
fn work_may_have_a_child_too() {
    let status = run(|| run(|| 3).map_or(99, |status| status as u8 + 1));
    assert_eq!(status, Ok(4), "the work called run_in_child(|| 3), and added 1");
}

/// The PID in the status is that of the process that did the work, however that ended.
fn the_status_names_the_child() {
    let (ended, child) = run_and_name(|| 3);
    assert_eq!(ended, Ok(WaitStatus::Exited(child, 3)), "process {child} did the work");
    let (ended, child) = run_and_name(|| die());
    let wanted = Ok(WaitStatus::Signaled(child, Signal::SIGKILL, false));
    assert_eq!(ended, wanted, "process {child} did the work");
}

/// What your function returns for this work, and the PID of the process that did it.
fn run_and_name(work: impl FnOnce() -> u8) -> (nix::Result<WaitStatus>, Pid) {
    let (mut reader, mut writer) = pipe().expect("a pipe for the check");
    let ended = run_in_child(|| {
        writer.write_all(&process::id().to_ne_bytes()).expect("a PID into the check's pipe");
        work()
    });
    drop(writer);
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes).expect("a PID from the check's pipe");
    (ended, Pid::from_raw(i32::from_ne_bytes(bytes)))
}

/// A panic must not unwind through your function: the caller's code is the parent's.
fn a_panic_is_exit_status_101() {
    assert_eq!(run(|| panic_on_purpose("in the child")), Ok(101), "the work panicked");
    let payload = || Box::new(7);
    assert_eq!(
        run(|| resume_unwind(payload())),
        Ok(101),
        "the work panicked with a number, not a text"
    );
}

/// A signal leaves the child no time to end by itself. There is no exit status, and the function must
/// not invent one: neither 0, which would mean success, nor 9, which some work may return.
fn a_signal_is_not_an_exit_status() {
    use Signal::{SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM, SIGUSR1};
    for signal in [SIGKILL, SIGTERM, SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1] {
        let ended = run_in_child(|| {
            let _ = raise(signal);
            0
        });
        let right = matches!(ended, Ok(WaitStatus::Signaled(_, by, _)) if by == signal);
        assert!(right, "the work ended its process by {signal}\ngot:    {ended:?}");
    }
}

/// The work returned 3, or ended its process by itself. Only the wait can tell how that ended.
fn how_the_child_has_really_ended() {
    assert_eq!(run(|| process::exit(5)), Ok(5), "the work ended its process by exit(5)");
    for end in [End::Killed, End::Status9] {
        let planted = child_ends_otherwise(0, end);
        let ended = run_in_child(|| 3);
        let right = match end {
            End::Killed => matches!(ended, Ok(WaitStatus::Signaled(_, Signal::SIGKILL, _))),
            End::Status9 => matches!(ended, Ok(WaitStatus::Exited(_, 9))),
        };
        assert!(
            right || !planted.happened(),
            "the work returned 3; then the child ended: {end:?}\ngot:    {ended:?}"
        );
    }
}

/// The child stops for a while, as by Ctrl-Z, and continues. It has not ended yet.
fn a_stop_is_not_an_end() {
    let stop = Stop::new();
    let status = run(|| {
        stop.here();
        3
    });
    wait_for_what_is_left();
    assert_eq!(status, Ok(3), "the child was stopped, then continued; the work returned 3");
}

/// The caller has a child of its own, which has ended; then another, which is alive. The caller may
/// wait for both at any time.
fn another_child_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        assert_eq!(run(|| 3), Ok(3), "the work returned 3");
    }
}

/// A process that polls whether its child has ended takes the processor from other processes,
/// including the child.
fn the_parent_sleeps_while_it_waits() {
    let start = Instant::now();
    let looks = plant(Call::Wait.every().in_parent().is_counted());
    let status = run(|| {
        slow_work(1100);
        3
    });
    assert_eq!(status, Ok(3), "the work returned 3, after 1.1 s");
    let took = start.elapsed();
    assert!(took < Duration::from_millis(1700), "the work took 1.1 s; your function took {took:?}");
    assert!(
        looks.times() <= 4,
        "The work took 1.1 s, and in this time your function asked {} times whether the child had\n\
         ended. Without WNOHANG, waitpid sleeps until the child has ended, so one call is enough.",
        looks.times()
    );
}

/// A wait fails with ECHILD, as it does if the caller ignores SIGCHLD. To wait again would not help.
fn a_wait_that_fails_is_an_error() {
    a_failed_wait_is(Errno::ECHILD, "the wait", || run_in_child(|| 3));
}

/// When there are too many processes, fork fails with EAGAIN; without memory, with ENOMEM. There is
/// then no child to wait for or to signal: C's fork returns -1, and -1 as a PID means "every process". The caller's
/// own children are left alone then, too.
fn a_fork_that_fails_is_an_error() {
    assert_eq!(run_in_child(|| 0), Err(Errno::EAGAIN), "the fork failed with EAGAIN");
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        let _refused = no_memory_for_fork(1);
        assert_eq!(run_in_child(|| 0), Err(Errno::ENOMEM), "the fork failed with ENOMEM");
    }
}
