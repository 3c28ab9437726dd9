//! Forks and waits that fail or are interrupted, and children that are not those of a snapshot.

use std::fs;
use std::io::{self, Write};

use grader::plant::{Call, Planted, plant};
use grader::{Check, Stranger, check};
use nix::errno::Errno;

use super::super::answers::snapshot::{Outcome, Saving, start_save};
use super::tools::{Gate, Stop, Zombie, says_interrupted, slow_work, wait_for_what_is_left};
use super::{ask_until_the_end, finish, leave_an_old_snapshot, path, start, take};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(a_stop_is_not_an_end).forks(2).see("waitpid.md#stopped-is-not-ended"),
        check!(a_signal_interrupts_every_wait)
            .plant(Call::Wait.odd().in_parent().interrupted())
            .forks(2)
            .see("waitpid.md#eintr"),
        check!(a_wait_that_fails_is_an_error)
            .if_it_hangs(
                "Each wait fails with ECHILD: the child is no child of this process any more. A wait that is\n\
                 repeated after any error never ends. Repeat it after EINTR only.",
            )
            .forks(2)
            .see("waitpid.md#eintr"),
        check!(a_child_of_the_caller_is_not_a_snapshot).forks(1).see("waitpid.md#one-child-or-any"),
        check!(an_ended_child_of_the_caller_is_not_a_snapshot)
            .forks(1 + 1)
            .see("waitpid.md#one-child-or-any"),
        check!(try_finish_does_not_look_at_a_child_of_the_caller)
            .forks(1 + 1)
            .see("waitpid.md#one-child-or-any"),
        check!(a_fork_that_fails_is_an_error)
            .fork_fails(1)
            .forks(0)
            .see("many-forks.md#a-fork-that-fails"),
        check!(the_error_is_that_of_the_fork).see("many-forks.md#a-fork-that-fails"),
    ]
}

/// The child stops, and continues a moment later. The outcome is asked for in both ways.
fn a_stop_is_not_an_end() {
    for waits in [true, false] {
        let stop = Stop::new();
        let mut saving = start(path(), |file| {
            stop.here();
            file.write_all(b"new")
        });
        let outcome = if waits { finish(saving) } else { ask_until_the_end(&mut saving) };
        wait_for_what_is_left();
        assert_eq!(outcome, Outcome::Saved, "the child stopped, continued and returned Ok(())");
        assert_eq!(take(path()).as_deref(), Some("new"), "the file");
    }
}

/// A signal handler ran, and the wait fails with EINTR. The child has not ended.
fn a_signal_interrupts_every_wait() {
    for name in ["finish", "try_finish"] {
        let mut saving = start(path(), |file| file.write_all(b"new"));
        let outcome = if name == "finish" {
            saving.finish().map(Some)
        } else {
            look_until_the_end(&mut saving)
        };
        // Waits for the child if so, whose file appears at its end.
        let error = outcome.as_ref().err().and_then(io::Error::raw_os_error);
        let interrupted = says_interrupted(error);
        let left = take(path());
        if !interrupted {
            assert!(matches!(outcome, Ok(Some(Outcome::Saved))), "{name} returned {outcome:?}");
            assert_eq!(left.as_deref(), Some("new"), "data.db");
        }
    }
}

/// What try_finish returns in the end.
fn look_until_the_end(saving: &mut Saving) -> io::Result<Option<Outcome>> {
    loop {
        match saving.try_finish() {
            Ok(None) => slow_work(5),
            result => return result,
        }
    }
}

/// What try_finish returns as soon as it has waited for the child: it may know without that that the child
/// works.
fn look(saving: &mut Saving, waited: &Planted) -> io::Result<Option<Outcome>> {
    loop {
        let outcome = saving.try_finish();
        if waited.happened() || !matches!(outcome, Ok(None)) {
            return outcome;
        }
        slow_work(5);
    }
}

/// ECHILD: another part of the program has waited for the child. What became of the file is not known.
fn a_wait_that_fails_is_an_error() {
    for waits in [true, false] {
        leave_an_old_snapshot();
        let refused = plant(Call::Wait.every().in_parent().fails(Errno::ECHILD));
        let mut saving = start(path(), |file| file.write_all(b"new"));
        let outcome = if waits { saving.finish().map(Some) } else { look(&mut saving, &refused) };
        drop(refused);
        wait_for_what_is_left();
        for file in fs::read_dir(".").into_iter().flatten().flatten() {
            let _ = fs::remove_file(file.path()).or_else(|_| fs::remove_dir_all(file.path()));
        }
        let outcome = outcome.map_err(|error| error.raw_os_error());
        let name = if waits { "finish" } else { "try_finish" };
        let wanted = Err(Some(Errno::ECHILD as i32));
        assert_eq!(outcome, wanted, "the wait in {name} failed with ECHILD");
    }
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_is_not_a_snapshot() {
    let _stranger = Stranger::alive();
    let outcome = finish(start(path(), |file| file.write_all(b"new")));
    let left = take(path());
    assert_eq!(outcome, Outcome::Saved, "`write` returned Ok(())");
    assert_eq!(left.as_deref(), Some("new"), "data.db");
}

/// The caller's own child has already ended, with another status.
fn an_ended_child_of_the_caller_is_not_a_snapshot() {
    let _zombie = Zombie::new();
    let outcome = finish(start(path(), |file| file.write_all(b"new")));
    let left = take(path());
    assert_eq!(outcome, Outcome::Saved, "`write` returned Ok(())");
    assert_eq!(left.as_deref(), Some("new"), "data.db");
}

/// The caller's own child has already ended, and the child of the snapshot works until the parent has
/// asked for the outcome.
fn try_finish_does_not_look_at_a_child_of_the_caller() {
    let _zombie = Zombie::new();
    let gate = Gate::new();
    let mut saving = start(path(), |file| {
        gate.wait();
        file.write_all(b"new")
    });
    let early = saving.try_finish();
    gate.open();
    let outcome = finish(saving);
    take(path());
    assert!(
        matches!(early, Ok(None)),
        "the child had not ended, but try_finish returned {early:?}"
    );
    assert_eq!(outcome, Outcome::Saved, "`write` returned Ok(())");
}

/// There is no memory for another process: ENOMEM.
fn the_error_is_that_of_the_fork() {
    let refused = plant(Call::Fork.nth(1).in_parent().fails(Errno::ENOMEM));
    let error = start_save(path(), |file| file.write_all(b"new")).map(|_| ());
    if refused.happened() {
        let error = error.map_err(|error| error.raw_os_error());
        assert_eq!(error, Err(Some(Errno::ENOMEM as i32)), "the fork failed with ENOMEM");
    }
}

/// There are too many processes: EAGAIN. The old snapshot stays.
fn a_fork_that_fails_is_an_error() {
    leave_an_old_snapshot();
    let error = start_save(path(), |file| file.write_all(b"new")).map(|_| ());
    let left = take(path());
    let error = error.map_err(|error| error.raw_os_error());
    assert_eq!(error, Err(Some(Errno::EAGAIN as i32)), "the fork failed with EAGAIN");
    assert_eq!(left.as_deref(), Some("old"), "data.db, which held an older snapshot");
}
