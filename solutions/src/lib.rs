//! Answers to all exercises. Other answers are just as good; read these when yours passes.

/// Given to the learner too.
#[path = "../../exercises/given/command_line.rs"]
pub mod command_line;

pub mod divide_jobs;
pub mod fetch_urls;
pub mod first_measures;
pub mod first_pipes;
pub mod first_steps;
pub mod first_waits;
pub mod fix_the_fork;
pub mod fork_basics;
pub mod fork_random;
pub mod fork_return_data;
pub mod many_forks;
pub mod mini_make;
pub mod mini_pool;
pub mod pipe_return_data;
pub mod pipeline;
pub mod pool_map;
pub mod predict;
pub mod prefork;
pub mod process_files;
pub mod rerun_failed;
pub mod run_with_limit;
pub mod shared_log;
pub mod shared_queue;
pub mod shutdown;
pub mod snapshot;
pub mod tiny_shell;
pub mod wait_status;
