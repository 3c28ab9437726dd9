//! # pipeline: what a shell does for `a | b | c`
//!
//! `run_pipeline(commands)` runs all commands at the same time, each in a separate child, and
//! returns how each of them ended, in the order of the commands.
//!
//! ```text
//! run_pipeline(&[&["printf", "b\na\n"], &["sort"], &["tr", "a-z", "A-Z"]])
//! ```
//!
//! * Each command consists of a program and its arguments. The program is searched for in `PATH`.
//!   Use fork and exec.
//! * The standard output of each command is the standard input of the next. The first command reads
//!   from this process's standard input, and the last one writes to this process's standard output.
//! * If a program does not exist or cannot be run, its child ends with exit status 127, and the
//!   other programs still run.
//! * Each program starts with the signal settings that a shell would leave. For example, SIGPIPE
//!   ends `yes` when `head` has read its line.
//! * Each program finds the environment, the working directory and all settings of this process.
//! * Each program has the descriptors 0, 1 and 2 open, and no end of any other pipe.
//! * Wait for programs that do not end by themselves, and kill none of them. The process sleeps
//!   while it waits. The caller may have other children, which your function must leave alone.
//! * If a fork fails or a pipe cannot be created, do not fork again. Let the running programs end,
//!   wait for them, and then return the error. If a signal interrupts a wait (`EINTR`), wait again.
//!   (The checks also accept an `EINTR` error, although the caller can do little with it.)
//!
//! If there are no commands, fork no child and return an empty result.

use std::ffi::CString;
use std::io::{PipeReader, PipeWriter, pipe};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, execvp, fork};

/// Runs `commands` as a shell runs `a | b | c`, and returns how each of them ended.
///
/// # Errors
///
/// Fails if a pipe or a child cannot be created.
pub fn run_pipeline(commands: &[&[&str]]) -> nix::Result<Vec<WaitStatus>> {
    todo!("fork a child for each of {} commands, with pipes between them", commands.len())
}
