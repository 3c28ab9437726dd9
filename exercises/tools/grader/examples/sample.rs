//! Suites as `cargo test` would run them: one that passes, one that fails, one that is not
//! started, and one that takes its time, with processes that would stay if nobody stopped them.
//! The tests of the harness run it:
//!
//! ```text
//! cargo run -p grader --example sample -- --nocapture sums
//! ```

use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use grader::{Suite, check};

fn main() -> ExitCode {
    grader::main([
        Suite::new("sums", [check!(two_and_two), check!(two_and_three)]),
        Suite::new("texts", [check!(a_greeting).prints("hello\n").see("texts.md#hello")]),
        Suite::new("later", [check!(not_started), check!(not_started_either)]),
        Suite::new("sleepers", [check!(three_sleepers).within(Duration::from_secs(60))]),
    ])
}

fn two_and_two() {
    println!("computing");
    assert_eq!([2, 2].iter().sum::<i32>(), 4, "the sum of 2 and 2");
}

fn two_and_three() {
    assert_eq!([2, 3].iter().sum::<i32>(), 5, "the sum of 2 and 3");
}

fn a_greeting() {
    println!("hallo");
}

#[expect(clippy::todo, reason = "as in an exercise's stub")]
fn not_started() {
    todo!("later")
}

fn not_started_either() {
    not_started();
}

/// One of them in a session of its own, and none dies of Ctrl-C.
fn three_sleepers() {
    let script = "trap '' INT TERM; setsid sleep 300 & sleep 300 & wait";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).stdout(Stdio::null());
    let _ = shell.status();
}
