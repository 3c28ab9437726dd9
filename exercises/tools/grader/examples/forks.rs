//! Checks that fail by what their processes do, so that there is something to draw; one that
//! fails without a fork, and one that passes. `tests/timelines.rs` runs it:
//!
//! ```text
//! GRADER_TIMELINE=1 cargo run -p grader --example forks
//! ```

#[path = "../tests/tools/mod.rs"]
mod tools;

use std::io::{Read, Write};
use std::process::ExitCode;

use grader::{Suite, check};
use nix::sys::signal::{SigHandler, Signal, kill, signal};

use tools::{child, end, pass, reap, until_ended};

fn main() -> ExitCode {
    grader::main([
        Suite::new("unreaped", [check!(zombie), check!(orphan)]),
        Suite::new("stuck", [check!(deadlock), check!(killed_child)]),
        Suite::new("ignored", [check!(nobody_is_told)]),
        Suite::new("alone", [check!(no_fork), check!(in_order)]),
    ])
}

/// The first child is waited for, the second is not. They end as Rust programs do.
fn zombie() {
    reap(child(|| std::process::exit(0)));
    until_ended(child(|| std::process::exit(3)));
}

fn orphan() {
    child(|| pass(60_000));
}

/// The parent waits for a child that reads from a pipe of which both hold the write end.
fn deadlock() {
    let (mut reader, _writer) = std::io::pipe().expect("pipe failed");
    reap(child(|| end(reader.read(&mut [0]).map_or(1, |_| 0))));
}

/// A child that a signal ended, and its parent never looks at.
fn killed_child() {
    let (mut reader, mut writer) = std::io::pipe().expect("pipe failed");
    let child = child(|| {
        writer.write_all(b"!").expect("write failed");
        pass(60_000);
    });
    reader.read_exact(&mut [0]).expect("read failed");
    kill(child, Signal::SIGKILL).expect("kill failed");
    reader.read_exact(&mut [0]).expect("read failed");
}

/// Waits fail with ECHILD once the last child is gone, and nothing is left of it.
fn nobody_is_told() {
    // SAFETY: no handler is installed.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.expect("signal failed");
    child(|| end(5));
    while nix::sys::wait::wait().is_ok() {}
    panic!("there is no status");
}

fn no_fork() {
    assert_eq!([2, 3].iter().sum::<i32>(), 4, "the sum of 2 and 3");
}

fn in_order() {
    reap(child(|| end(0)));
}
