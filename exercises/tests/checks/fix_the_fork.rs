//! What your `add_in_child` must do. Each check runs in a folder of its own, which must be empty again
//! when your function has returned.

use std::path::Path;
use std::{fs, process};

use grader::plant::{Call, plant};
use grader::{Check, Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::wait::{Id, WaitPidFlag, waitid};

use super::answers::fix_the_fork::add_in_child;

#[path = "edges.rs"]
mod edges;
#[path = "tools.rs"]
mod tools;
use edges::{ODD, OddFolder, refuse_forks};
use tools::{LITTLE, die, panic_on_purpose, slow_work, wait_for_what_is_left};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    let checks = [
        check!(the_child_takes_no_lock_of_the_thread)
            .if_it_hangs(
                "The journal's thread holds a lock at the moment of the fork. The child has a copy of the taken\n\
                 lock, but not the thread that would release it, so a child that takes the lock waits for\n\
                 ever. Take it in the parent when the thread has ended, or start the thread later.",
            )
            .forks(1)
            .see("fork-safety.md#a-lock-that-stays-locked"),
        check!(the_folder_is_there_until_the_parent_has_read)
            .forks(1)
            .see("fork-safety.md#destructors-that-run-twice"),
        check!(text_is_printed_once)
            .forks(1)
            .prints("adding 3 numbers: 6\n")
            .see("fork-basics.md#text-comes-twice"),
        check!(the_journal_has_its_three_lines)
            .forks(2)
            .prints("adding 3 numbers: 6\nadding 0 numbers: 0\n"),
        check!(the_sum_may_have_64_bits).forks(1).prints("adding 2 numbers: 18446744073709551615\n"),
        check!(the_folder_may_have_any_name).forks(1),
        check!(the_child_adds).forks(1).see("fork-basics.md#two-memories"),
        check!(text_that_the_child_prints_is_not_lost)
            .forks(1)
            .prints("adding 1 numbers: (7) 7\n")
            .see("fork-basics.md#panics"),
        check!(a_panic_stays_in_the_child).forks(1).see("fork-basics.md#panics"),
        check!(a_signal_is_an_error).forks(1).see("waitpid.md#signals"),
        check!(the_thread_has_ended_when_the_child_has_failed).forks(1),
        check!(a_file_that_cannot_be_written_is_an_error).forks(1),
        check!(a_bad_end_after_good_data_is_an_error)
            .forks(2)
            .prints("adding 1 numbers: adding 1 numbers: ")
            .see("waitpid.md#the-status-word"),
        check!(a_file_that_cannot_be_read_is_an_error).forks(1),
        check!(another_child_is_left_alone).forks(2).see("waitpid.md#one-child-or-any"),
        check!(a_signal_interrupts_the_wait)
            .plant(Call::Wait.two_of_three().in_parent().interrupted())
            .forks(1)
            .see("waitpid.md#eintr"),
        check!(a_wait_that_fails_is_an_error)
            .if_it_hangs(
                "A wait failed with ECHILD: there is no child to wait for. Repeat a wait after EINTR only.",
            )
            .forks(1)
            .see("waitpid.md#eintr"),
        check!(a_folder_that_cannot_be_created_is_an_error).forks(0),
        check!(the_parent_sleeps_while_it_waits).forks(1).uses_at_most(LITTLE),
        check!(a_fork_that_fails_is_an_error)
            .fork_fails(1)
            .forks(0)
            .see("fork-basics.md#a-fork-that-fails"),
        check!(for_whatever_reason_the_fork_fails)
            .forks(2)
            .see("fork-basics.md#a-fork-that-fails"),
    ];
    Suite::new("fix_the_fork", checks.map(Check::in_empty_folder))
}

fn run(numbers: &[u64], add: impl FnOnce(&[u64]) -> u64) -> Result<Vec<String>, String> {
    add_in_child(Path::new("."), numbers, add).map_err(|error| error.to_string())
}

fn sum(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

/// At the fork, the thread holds the journal's lock.
fn the_child_takes_no_lock_of_the_thread() {
    let outcome = run(&[1, 2, 3], sum);
    assert!(outcome.is_ok(), "nothing went wrong\ngot:    {outcome:?}");
}

/// The fork copies the guard, but its destructor has to run once, in the parent.
fn the_folder_is_there_until_the_parent_has_read() {
    let mut there = Vec::new();
    let outcome = run(&[1, 2, 3], |numbers| {
        there.extend(fs::read_dir(".").into_iter().flatten().flatten().map(|it| it.file_name()));
        if there.is_empty() { 0 } else { sum(numbers) }
    });
    let sum = outcome.as_ref().ok().and_then(|lines| lines.last().cloned());
    assert_eq!(sum.as_deref(), Some("sum 6"), "the journal's last line; got: {outcome:?}");
}

/// "adding 3 numbers: " has no newline, so it is still in the buffer at the fork.
fn text_is_printed_once() {
    let _ = run(&[1, 2, 3], sum);
}

/// The second call is like the first.
fn the_journal_has_its_three_lines() {
    let lines = |sum: &str| Ok(["begun", "ended", sum].map(String::from).to_vec());
    assert_eq!(run(&[1, 2, 3], sum), lines("sum 6"), "the journal of the first call");
    assert_eq!(run(&[], sum), lines("sum 0"), "the journal of the second call");
}

/// A sum is as large as the numbers allow.
fn the_sum_may_have_64_bits() {
    let outcome = run(&[u64::MAX - 1, 1], sum);
    let wanted = ["begun", "ended", "sum 18446744073709551615"].map(String::from).to_vec();
    assert_eq!(outcome, Ok(wanted), "the journal");
}

/// The scratch folder is created in the folder that was given, whose name need not be text.
fn the_folder_may_have_any_name() {
    let folder = OddFolder::new();
    let mut there = 0;
    let outcome = add_in_child(&folder, &[1], |numbers| {
        there = fs::read_dir(&*folder).map_or(0, Iterator::count) as u64;
        numbers[0] + there
    });
    let last = outcome.map(|lines| lines.last().cloned()).map_err(|error| error.to_string());
    assert_eq!(
        last,
        Ok(Some("sum 2".to_owned())),
        "1, and 1 for the scratch folder in a folder {ODD}"
    );
}

/// The work returns the child's PID.
fn the_child_adds() {
    let outcome = run(&[], |_| process::id().into());
    let own = format!("sum {}", process::id());
    let Ok([_, _, sum]) = outcome.as_deref() else { panic!("got: {outcome:?}") };
    assert!(*sum != own, "`add` was called in the parent");
}

/// The child's text has no newline, so it is in the child's buffer when it ends.
fn text_that_the_child_prints_is_not_lost() {
    let _ = run(&[7], |numbers| {
        print!("({}) ", numbers[0]);
        numbers[0]
    });
}

/// The child ends with 101, and the caller learns that it failed.
fn a_panic_stays_in_the_child() {
    let outcome = run(&[1], |_| panic_on_purpose());
    assert!(outcome.is_err(), "add panicked\ngot:    {outcome:?}");
    assert_eq!(
        grader::exit_statuses(),
        [101],
        "the exit status of the child in which add panicked"
    );
}

/// A signal leaves the child no time to report anything.
fn a_signal_is_an_error() {
    let outcome = run(&[1], |_| die());
    assert!(outcome.is_err(), "SIGKILL ended the child\ngot:    {outcome:?}");
}

/// The thread needs 0.1 s more than usual when it is told to end.
fn the_thread_has_ended_when_the_child_has_failed() {
    let held_up = grader::hold_up_threads();
    let outcome = run(&[1], |_| {
        slow_work(50);
        die()
    });
    assert!(outcome.is_err(), "SIGKILL ended the child\ngot:    {outcome:?}");
    assert!(
        held_up.count() == 0,
        "The child failed, and your function returned an error while the thread was still running.\n\
         Join the thread before you return, also if you return an error."
    );
}

/// The folder is gone when the child writes, so the child has to report the error by its status.
fn a_file_that_cannot_be_written_is_an_error() {
    let outcome = run(&[1], |numbers| {
        let entries = fs::read_dir(".").into_iter().flatten().flatten();
        entries.for_each(|entry| _ = fs::remove_dir_all(entry.path()));
        numbers[0]
    });
    assert!(outcome.is_err(), "the child could not write the file\ngot:    {outcome:?}");
    assert_eq!(grader::exit_statuses(), [1], "the exit status of the child that could not write");
}

/// The file is complete, and then the child ends with status 3; or a signal ends it.
fn a_bad_end_after_good_data_is_an_error() {
    let exit = plant(Call::Exit.nth(1).in_child(0).exits(3));
    let outcome = run(&[1], sum);
    drop(exit);
    assert!(outcome.is_err(), "the child ended with status 3\ngot:    {outcome:?}");
    let killed = plant(Call::Exit.nth(1).in_child(0).killed_by(Signal::SIGKILL));
    let outcome = run(&[1], sum);
    drop(killed);
    assert!(outcome.is_err(), "a signal ended the child at its exit\ngot:    {outcome:?}");
}

/// The child has written the sum, and the parent cannot read it.
fn a_file_that_cannot_be_read_is_an_error() {
    let refused = plant(Call::Read.every().in_parent().on_files().fails(Errno::EIO));
    let outcome = run(&[1], sum);
    let happened = refused.happened();
    drop(refused);
    assert!(
        outcome.is_err() || !happened,
        "the parent's read failed with EIO\ngot:    {outcome:?}"
    );
}

/// The caller has a child of its own, which has ended; then another, which is alive.
fn another_child_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        let outcome = run(&[1, 2, 3], sum);
        assert!(outcome.is_ok(), "nothing went wrong\ngot:    {outcome:?}");
    }
}

/// A signal handler ran, and the wait fails with EINTR. The child has not ended, so wait again.
fn a_signal_interrupts_the_wait() {
    let outcome = run(&[1, 2, 3], sum);
    wait_for_what_is_left();
    assert!(outcome.is_ok(), "two of three waits failed with EINTR\ngot:    {outcome:?}");
}

/// The wait fails when the child has ended, as it does if the child was waited for elsewhere. The sum is in the file
/// by then, but how the child ended is not known. The thread needs 0.1 s more than usual when it is told to end.
fn a_wait_that_fails_is_an_error() {
    let waits = SigHandler::Handler(wait_for_the_end_of_the_child);
    let waits = SigAction::new(waits, SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler makes a system call and does no more.
    let before = unsafe { sigaction(Signal::SIGUSR1, &waits) }.expect("a handler of the check");
    let held_up = grader::hold_up_threads();
    // The handler makes the first call itself.
    let failing = plant(Call::Wait.from(2).in_parent().fails(Errno::ECHILD));
    let signal = plant(Call::Wait.nth(1).in_parent().receives(Signal::SIGUSR1));
    let outcome = run(&[1], |numbers| {
        slow_work(50);
        numbers[0]
    });
    let happened = failing.happened();
    drop((signal, failing));
    wait_for_what_is_left();
    // SAFETY: puts back what was there.
    unsafe { sigaction(Signal::SIGUSR1, &before) }.expect("the caller's own action");
    let right = outcome.is_err() || !happened;
    assert!(right, "the wait failed with ECHILD\ngot:    {outcome:?}");
    assert!(
        held_up.count() == 0,
        "The wait failed, and your function returned an error while the thread was still running.\n\
         Join the thread before you return, also if you return an error."
    );
}

extern "C" fn wait_for_the_end_of_the_child(_signal: i32) {
    let _ = waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
}

/// The folder does not exist, or has a scratch folder already. The function fails before it has started anything.
fn a_folder_that_cannot_be_created_is_an_error() {
    let outcome = add_in_child(Path::new("missing"), &[1], sum).map_err(|error| error.kind());
    assert_eq!(
        outcome,
        Err(std::io::ErrorKind::NotFound),
        "the scratch folder in a folder that does not exist"
    );

    let _ = fs::create_dir("scratch").and_then(|()| fs::write("scratch/notes.txt", "7"));
    let outcome = add_in_child(Path::new("."), &[1], sum).map_err(|error| error.kind());
    let kept = fs::remove_file("scratch/notes.txt").is_ok();
    let _ = fs::remove_dir("scratch");
    assert!(kept, "scratch/notes.txt, which was there before your function was called, is gone");
    let there = Err(std::io::ErrorKind::AlreadyExists);
    assert_eq!(outcome, there, "the scratch folder in a folder that has one already");
}

/// The parent has nothing to do except wait.
fn the_parent_sleeps_while_it_waits() {
    let outcome = run(&[1], |numbers| {
        slow_work(200);
        numbers[0]
    });
    wait_for_what_is_left();
    assert!(outcome.is_ok(), "add took 0.2 s\ngot:    {outcome:?}");
}

/// For want of processes, or of memory.
fn for_whatever_reason_the_fork_fails() {
    refuse_forks(|| add_in_child(Path::new("."), &[1], sum).map_err(|error| error.raw_os_error()));
}

/// There is no child then. The thread ends nevertheless, and the folder is removed.
fn a_fork_that_fails_is_an_error() {
    let outcome = add_in_child(Path::new("."), &[1], sum).map_err(|error| error.raw_os_error());
    wait_for_what_is_left();
    assert_eq!(outcome, Err(Some(Errno::EAGAIN as i32)), "the fork failed with EAGAIN");
}
