//! What passes in one order, and not in every one.

use std::fs;
use std::io::{Read, Write, pipe};
use std::path::Path;

use grader::WrongAnswer;
use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, wait, waitpid};
use nix::unistd::{ForkResult, fork, pause};

use crate::tools::{child, end, forked, reap};

/// `by_luck!(VERDICT, CHECK.method(…)…, "words in it"…)`: the search of that check must refuse it.
/// (Chance may do so before.)
macro_rules! by_luck {
    ($verdict:literal, $check:ident $(.$method:ident())* $(, $says:literal)*) => {
        WrongAnswer {
            exercise: "luck",
            name: stringify!($check),
            verdict: $verdict,
            check: concat!(stringify!($check), ", in every order"),
            says: &[$($says),*],
            suite: || {
                grader::Suite::new("", [grader::check!($check).in_every_order()$(.$method())*])
            },
        }
    };
}

pub(crate) fn all() -> Vec<WrongAnswer> {
    let mut all = of_orders();
    all.extend(of_faults());
    all
}

fn of_orders() -> Vec<WrongAnswer> {
    vec![
        by_luck!(
            "check failed",
            the_first_to_end_is_the_first_forked,
            "got:    Exited(",
            "It passed in a normal run, but only by luck.",
            "the second child exits with status 2",
            "before the first child exits",
            "  the parent: forks the first child, forks the second child"
        ),
        by_luck!(
            "deadlock",
            asks_and_then_pauses,
            "the parent waits for a signal that no process will send",
            "a signal arrives, and its handler runs in the parent"
        ),
        by_luck!("check failed", looks_and_then_makes, "both lines", "only by luck"),
    ]
}

fn of_faults() -> Vec<WrongAnswer> {
    vec![
        by_luck!(
            "not waited for",
            a_failed_fork_ends_it.with_any_fork_refused(),
            "wait for the existing children",
            "It passed in a normal run, where no fork failed.",
            "a fork fails (EAGAIN) when the parent tries to fork the second child",
            "tries to fork the second child, is refused\n"
        ),
        by_luck!(
            "panicked",
            a_death_is_not_expected.with_any_child_killed(),
            "SIGKILL ends the first child before it writes \"done\" to a pipe"
        ),
        by_luck!(
            "check failed",
            a_wait_is_never_interrupted.with_any_call_interrupted(),
            "got:    Err(EINTR)",
            "a signal interrupts the parent (EINTR) when it"
        ),
        by_luck!(
            "check failed",
            one_read_is_all.with_any_transfer_short(),
            "only some of the bytes are transferred when the parent reads a pipe"
        ),
    ]
}

/// The second child could end while the first still works.
fn the_first_to_end_is_the_first_forked() {
    let [first, second] = [1, 2].map(|status| forked().unwrap_or_else(|| end(status)));
    let status = wait();
    reap(if status == Ok(WaitStatus::Exited(first, 1)) { second } else { first });
    assert_eq!(status.expect("a child"), WaitStatus::Exited(first, 1), "the first to end");
}

/// The child could end between the question and the pause.
fn asks_and_then_pauses() {
    extern "C" fn wake_up(_: i32) {}
    // SAFETY: the handler does nothing.
    unsafe { signal(Signal::SIGCHLD, SigHandler::Handler(wake_up)) }.expect("signal failed");
    let child = child(|| ());
    while waitpid(child, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive) {
        pause();
    }
    // SAFETY: the default action is no code of this program.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl) }.expect("signal failed");
}

/// Another process could have made it in between.
fn looks_and_then_makes() {
    let line = |text: &str| {
        if !Path::new("log").exists() {
            fs::File::create("log").expect("create failed");
        }
        let log = fs::OpenOptions::new().append(true).open("log");
        log.and_then(|mut log| log.write_all(text.as_bytes())).expect("write failed");
    };
    let children = ["one", "two"].map(|text| child(|| line(text)));
    for child in children {
        reap(child);
    }
    let length = fs::read("log").map_or(0, |text| text.len());
    let _ = fs::remove_file("log");
    assert_eq!(length, 6, "both lines");
}

/// The first child is left if the second fork fails.
fn a_failed_fork_ends_it() {
    let start = || {
        // SAFETY: a case has one thread.
        Ok(match unsafe { fork() }? {
            ForkResult::Child => end(0),
            ForkResult::Parent { child } => child,
        })
    };
    let run = || -> Result<(), Errno> {
        let children = [start()?, start()?];
        for child in children {
            reap(child);
        }
        Ok(())
    };
    let _ = run();
}

/// What a killed child has not written cannot be read.
fn a_death_is_not_expected() {
    let (mut reader, mut writer) = pipe().expect("pipe failed");
    let child = child(|| writer.write_all(b"done").expect("write failed"));
    drop(writer);
    let mut text = String::new();
    let read = reader.read_to_string(&mut text);
    reap(child);
    let whole = read.is_ok() && text == "done";
    if !whole {
        grader::panic_on_purpose("what the child wrote");
    }
}

/// A handler may run in it.
fn a_wait_is_never_interrupted() {
    let child = child(|| ());
    let status = waitpid(child, None);
    if status == Err(Errno::EINTR) {
        reap(child);
    }
    assert_eq!(status, Ok(WaitStatus::Exited(child, 0)));
}

/// A read may bring a part.
fn one_read_is_all() {
    let (mut reader, mut writer) = pipe().expect("pipe failed");
    writer.write_all(b"text").expect("write failed");
    let mut buffer = [0; 4];
    let count = reader.read(&mut buffer).expect("read failed");
    assert_eq!(count, 4, "the bytes of one read");
}
