//! # pipeline: what a shell does for `a | b | c`
//!
//! `run_pipeline(commands)` runs all commands at the same time, each in a child of its own, and
//! returns how each of them ended, in the order of the commands.
//!
//! ```text
//! run_pipeline(&[&["printf", "b\na\n"], &["sort"], &["tr", "a-z", "A-Z"]])
//! ```
//!
//! * Each command is a program and its arguments; it is looked for in `PATH`. Fork and exec.
//! * The standard output of a command is the standard input of the next one. The first one reads
//!   what this process reads, the last one writes where this process writes.
//! * A program that is not there, or cannot be run, leaves the status 127, and the others run.
//! * Each program finds its signals as a shell would leave them: `yes` is ended by SIGPIPE when
//!   `head` has its line.
//! * A program has the descriptors 0, 1 and 2, and no end of another pipe.
//! * Programs that do not end by themselves are waited for; nothing is killed.
//! * If a fork fails, fork no more. Let those that run come to their end, wait for them, and then
//!   return the error. A signal may interrupt a wait (`EINTR`): wait again.
//!
//! No commands, no children: the result is empty.

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
/// If a pipe or a process cannot be made.
pub fn run_pipeline(commands: &[&[&str]]) -> nix::Result<Vec<WaitStatus>> {
    todo!("a child for each of {} commands, with a pipe between any two", commands.len())
}
