//! What your `run_in_child` must do.

use grader::{Suite, check, panic_on_purpose};
use nix::errno::Errno;
use nix::sys::signal::{Signal, raise};

use super::answers::fork_basics::run_in_child;

pub(crate) fn suite() -> Suite {
    Suite::new(
        "fork_basics",
        [
            check!(the_exit_status_comes_back).forks(3).see("fork-basics.md#the-exit-status"),
            check!(the_work_is_done_in_the_child).forks(1).see("fork-basics.md#two-memories"),
            check!(a_panic_is_exit_status_101).forks(1).see("fork-basics.md#panics"),
            check!(a_killed_child_is_an_error).forks(1).see("waitpid.md#signals"),
            check!(a_fork_that_fails_is_an_error)
                .forks(0)
                .fork_fails_after(0)
                .see("fork-basics.md#a-fork-that-fails"),
        ],
    )
}

/// 0 means success by convention; 255 is the largest status there is.
fn the_exit_status_comes_back() {
    for status in [0, 3, 255] {
        assert_eq!(run_in_child(|| status), Ok(status), "the work returned {status}");
    }
}

/// The child has a copy of everything: what it changes, the parent does not see.
fn the_work_is_done_in_the_child() {
    let mut calls = 0;
    let status = run_in_child(|| {
        calls += 1;
        calls
    });
    assert_eq!(status, Ok(1), "the child added 1 to a variable that was 0; its exit status");
    assert_eq!(
        calls, 0,
        "the same variable, which nobody but the child has changed, in the parent"
    );
}

/// A panic must not unwind through your function: the caller's code is the parent's.
fn a_panic_is_exit_status_101() {
    assert_eq!(run_in_child(|| panic_on_purpose("in the child")), Ok(101));
}

/// SIGKILL leaves the child no time to end by itself. There is no exit status, and none is made
/// up: neither 0, which would mean success, nor 9, which some work may return.
fn a_killed_child_is_an_error() {
    let killed = || {
        let _ = raise(Signal::SIGKILL);
        0
    };
    assert_eq!(run_in_child(killed), Err(Errno::ECHILD), "the work ended its process by SIGKILL");
}

/// When there are too many processes, fork fails with EAGAIN. There is no child to wait for, and
/// none to signal: C's fork returns -1 then, and -1 as a PID means "everybody".
fn a_fork_that_fails_is_an_error() {
    assert_eq!(run_in_child(|| 0), Err(Errno::EAGAIN), "the fork failed with EAGAIN");
}
