//! # tiny_shell: pipelines, redirection, jobs, and Ctrl-C for one of them
//!
//! `tiny_shell(input)` reads lines to the end of `input`, runs each, and returns the status of the last
//! one. `parse` takes a line apart for you: it is in `exercises/given/command_line.rs`, with the types
//! that you see in the imports below.
//!
//! ```text
//! sort < words | uniq -c > counts &
//! ```
//!
//! There are five steps, with checks of their own: `cargo test -p exercises tiny_shell::step_1`.
//!
//! **Step 1: one program** (builds on `fork_basics` and `wait_status`).
//!
//! * The program is looked for in `PATH`. Fork, exec, and wait before you read the next line.
//! * The status of a line is what `$?` stands for in the next one, the second argument of `parse`: the
//!   exit status; 128 plus the number of a signal; 127 for a program that is not there, and 126 for one
//!   that cannot be run, both with a message on standard error; 2 if `parse` refuses the line, with its
//!   message. An empty line changes nothing.
//! * A program finds SIGPIPE at its default action, and the descriptors 0, 1 and 2 only.
//! * If a fork fails, say so; the line's status is 2, and the shell goes on. A signal may interrupt a
//!   wait (`EINTR`): wait again.
//!
//! **Step 2: redirection** (builds on the chapter on exec).
//!
//! * `< FILE`, `> FILE` and `>> FILE`, for that one program. If a file cannot be opened, say which; the
//!   program does not run, and the status is 2.
//!
//! **Step 3: pipelines** (builds on `pipeline`).
//!
//! * All programs run at the same time, and all are waited for. The status is that of the last one. A
//!   redirection is stronger than the pipe. If a fork fails, those that run come to their end.
//!
//! **Step 4: jobs** (builds on `many_forks` and `rerun_failed`).
//!
//! * With `&` at its end, a line becomes a job in the background: its status is 0, and the shell goes
//!   on. A job reads from `/dev/null`, unless it is redirected.
//! * `jobs` prints a line for each job that still runs: `[1] Running sort < words`. The number is one
//!   that no other job has, and a job keeps it. `wait` waits for all jobs, and its status is 0.
//! * Before it reads a line, the shell reaps the jobs that have ended. At the end of `input` it waits for
//!   those that still run. The caller may have other children, which are not yours.
//!
//! **Step 5: a terminal** (builds on `shutdown` and the chapter on process groups). If standard input is
//! a terminal, then
//!
//! * the shell prints the prompt `$ ` before it reads a line;
//! * each line that runs is a process group of its own, and while it is in the foreground, the terminal
//!   belongs to it. Then Ctrl-C ends its processes, and no other. In the end the terminal is the shell's;
//! * the shell ignores SIGINT, SIGQUIT, SIGTSTP and SIGTTOU, and puts back at its end what it has
//!   changed about this process. Its programs find SIGINT and SIGQUIT at their default action. Leave
//!   SIGTSTP ignored for them, or Ctrl-Z stops a job that nothing continues.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Write, pipe, stdin, stdout};
use std::os::fd::OwnedFd;
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, execvp, fork};
use nix::unistd::{getpgrp, getpid, setpgid, tcsetpgrp};

use crate::command_line::{Command, Line, Pipeline, Redirection, parse};

/// Runs the lines of `input`, and returns the status of the last one.
///
/// # Errors
///
/// If a line cannot be read, or the terminal cannot be had.
pub fn tiny_shell(input: impl BufRead) -> io::Result<u8> {
    todo!("step 1: run the program of each line, and wait for it")
}
