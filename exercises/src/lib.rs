//! The exercises, in the order of the book. Each file explains its task at the top.
//!
//! To ask whether an answer is right: `cargo test -p exercises NAME`. The checks are in
//! `tests/checks/NAME.rs`; look at them, they are written to be read.
#![expect(clippy::todo, reason = "a stub is a todo! until you replace it")]
#![allow(
    unused_imports,
    unused_variables,
    clippy::allow_attributes,
    reason = "a stub does not use everything that its answer will"
)]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "your answer need not be documented to be checked"
)]
#![warn(unused_must_use, reason = "a slip, but no reason to refuse to run your answer")]

pub mod divide_jobs;
pub mod fetch_urls;
pub mod fork_basics;
pub mod fork_random;
pub mod fork_return_data;
pub mod many_forks;
pub mod pipe_return_data;
pub mod pool_map;
pub mod process_files;
pub mod rerun_failed;
pub mod shared_log;
pub mod wait_status;
