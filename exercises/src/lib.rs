//! The exercises, in the order of the book. Each file explains its task at the top.
//!
//! To check an answer, run `cargo test -p exercises NAME`. The checks are in `tests/checks/NAME.rs`,
//! and are written to be read.
//!
//! Git ignores the files beside this one, which are your answers. The first build creates each from
//! `stubs/NAME.rs`. (Until then `cargo fmt` formats the stubs, hence the second path.)
#![cfg_attr(test, no_main)]
#![expect(clippy::todo, reason = "a stub is a todo! until you replace it")]
#![allow(
    unused_imports,
    unused_variables,
    unreachable_code,
    clippy::allow_attributes,
    clippy::needless_pass_by_value,
    reason = "a stub does not use everything that its answer will"
)]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "your answer need not be documented to be checked"
)]
#![warn(unused_must_use, reason = "a slip, but no reason to refuse to run your answer")]

/// Given: the lines that `tiny_shell` reads, taken apart.
#[path = "../given/command_line.rs"]
pub mod command_line;

#[cfg_attr(rustfmt, path = "../stubs/divide_jobs.rs")]
pub mod divide_jobs;
#[cfg_attr(rustfmt, path = "../stubs/fetch_urls.rs")]
pub mod fetch_urls;
#[cfg_attr(rustfmt, path = "../stubs/first_measures.rs")]
pub mod first_measures;
#[cfg_attr(rustfmt, path = "../stubs/first_pipes.rs")]
pub mod first_pipes;
#[cfg_attr(rustfmt, path = "../stubs/first_steps.rs")]
pub mod first_steps;
#[cfg_attr(rustfmt, path = "../stubs/first_waits.rs")]
pub mod first_waits;
#[cfg_attr(rustfmt, path = "../stubs/fix_the_fork.rs")]
pub mod fix_the_fork;
#[cfg_attr(rustfmt, path = "../stubs/fork_basics.rs")]
pub mod fork_basics;
#[cfg_attr(rustfmt, path = "../stubs/fork_random.rs")]
pub mod fork_random;
#[cfg_attr(rustfmt, path = "../stubs/fork_return_data.rs")]
pub mod fork_return_data;
#[cfg_attr(rustfmt, path = "../stubs/many_forks.rs")]
pub mod many_forks;
#[cfg_attr(rustfmt, path = "../stubs/mini_make.rs")]
pub mod mini_make;
#[cfg_attr(rustfmt, path = "../stubs/mini_pool.rs")]
pub mod mini_pool;
#[cfg_attr(rustfmt, path = "../stubs/pipe_return_data.rs")]
pub mod pipe_return_data;
#[cfg_attr(rustfmt, path = "../stubs/pipeline.rs")]
pub mod pipeline;
#[cfg_attr(rustfmt, path = "../stubs/pool_map.rs")]
pub mod pool_map;
#[cfg_attr(rustfmt, path = "../stubs/predict.rs")]
pub mod predict;
#[cfg_attr(rustfmt, path = "../stubs/prefork.rs")]
pub mod prefork;
#[cfg_attr(rustfmt, path = "../stubs/process_files.rs")]
pub mod process_files;
#[cfg_attr(rustfmt, path = "../stubs/rerun_failed.rs")]
pub mod rerun_failed;
#[cfg_attr(rustfmt, path = "../stubs/run_with_limit.rs")]
pub mod run_with_limit;
#[cfg_attr(rustfmt, path = "../stubs/shared_log.rs")]
pub mod shared_log;
#[cfg_attr(rustfmt, path = "../stubs/shared_queue.rs")]
pub mod shared_queue;
#[cfg_attr(rustfmt, path = "../stubs/shutdown.rs")]
pub mod shutdown;
#[cfg_attr(rustfmt, path = "../stubs/snapshot.rs")]
pub mod snapshot;
#[cfg_attr(rustfmt, path = "../stubs/tiny_shell.rs")]
pub mod tiny_shell;
#[cfg_attr(rustfmt, path = "../stubs/wait_status.rs")]
pub mod wait_status;

/// The text of each answer as it was compiled, with its file. The checks compare it with the files.
#[doc(hidden)]
pub mod compiled {
    include!(concat!(env!("OUT_DIR"), "/compiled.rs"));
}

/// `cargo test -p exercises NAME` makes a program of the unit tests of this library too, although
/// Cargo.toml says that there are none. Without libtest's `main` it does not report "running 0
/// tests" above the checks.
#[cfg(test)]
// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    0
}
