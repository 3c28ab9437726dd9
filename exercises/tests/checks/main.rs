//! The checks of all exercises: a file for each. Run them with `cargo test -p exercises NAME`.
#![allow(
    clippy::duplicate_mod,
    clippy::allow_attributes,
    reason = "each suite has its own tools.rs, so that it can be mounted alone"
)]

// The answers that are checked. The same files check the solutions, and answers that are wrong.
use exercises as answers;

mod divide_jobs;
mod fetch_urls;
mod first_measures;
mod first_pipes;
mod first_steps;
mod first_waits;
mod fix_the_fork;
mod fork_basics;
mod fork_random;
mod fork_return_data;
mod many_forks;
mod mini_make;
mod mini_pool;
mod pipe_return_data;
mod pipeline;
mod pool_map;
mod predict;
mod prefork;
mod process_files;
mod rerun_failed;
mod run_with_limit;
mod shared_log;
mod shared_queue;
mod shutdown;
mod snapshot;
mod tiny_shell;
mod wait_status;

/// Runs the checks that the command line asks for.
pub(crate) fn main() -> std::process::ExitCode {
    grader::main([
        first_steps::suite(),
        fork_basics::suite(),
        many_forks::suite(),
        divide_jobs::suite(),
        first_waits::suite(),
        wait_status::suite(),
        rerun_failed::suite(),
        first_pipes::suite(),
        pipe_return_data::suite(),
        fork_random::suite(),
        first_measures::suite(),
        predict::suite(),
        fix_the_fork::suite(),
        pipeline::suite(),
        shutdown::suite(),
        run_with_limit::suite(),
        snapshot::suite(),
        fork_return_data::suite(),
        shared_queue::suite(),
        mini_pool::suite(),
        pool_map::suite(),
        process_files::suite(),
        fetch_urls::suite(),
        shared_log::suite(),
        prefork::suite(),
        mini_make::suite(),
        tiny_shell::suite(),
    ])
}
