//! The programs in `fixtures`.

use std::process::Command;

/// Built by `cargo test`, beside this test.
pub(crate) fn fixture(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile.join("examples").join(name);
    assert!(program.exists(), "first: cargo build -p grader --examples");
    Command::new(program)
}
