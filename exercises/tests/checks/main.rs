//! The checks of all exercises: a file for each. Run them with `cargo test -p exercises NAME`.
#![allow(
    clippy::duplicate_mod,
    clippy::allow_attributes,
    reason = "each suite has its own tools.rs, so that it can be mounted alone"
)]

// The answers that are checked. The same files check the solutions, and answers that are wrong.
use exercises as answers;

mod divide_jobs;
mod fork_basics;
mod fork_random;
mod many_forks;
mod rerun_failed;
mod wait_status;

/// Runs the checks that the command line asks for.
pub(crate) fn main() -> std::process::ExitCode {
    grader::main([
        fork_basics::suite(),
        many_forks::suite(),
        divide_jobs::suite(),
        wait_status::suite(),
        rerun_failed::suite(),
        fork_random::suite(),
    ])
}
