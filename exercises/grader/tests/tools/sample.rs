//! The program of `examples/sample.rs`.

use std::process::Command;

/// Built by `cargo test`, beside this test.
pub(crate) fn sample() -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let sample = profile.join("examples/sample");
    assert!(sample.exists(), "first: cargo build -p grader --examples");
    Command::new(sample)
}
