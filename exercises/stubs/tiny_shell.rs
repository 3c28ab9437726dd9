//! # tiny_shell: pipelines, redirection, jobs, and Ctrl-C for the foreground job
//!
//! `tiny_shell(input)` reads lines until the end of `input`, runs each line, and returns the status
//! of the last one. The function `parse`, which splits a line into its parts, is given. You find it
//! in `exercises/given/command_line.rs`, with the types that you see in the imports below.
//!
//! ```text
//! sort < words | uniq -c > counts &
//! ```
//!
//! There are five steps, and each step has its own checks: `cargo test -p exercises
//! tiny_shell::step_1`.
//!
//! **Step 1: one program** (builds on `fork_basics` and `wait_status`).
//!
//! * Fork a child that searches for the program in `PATH` and executes it. Wait for the child
//!   before you read the next line.
//! * The status of a line is the value of `$?` in the next line, so pass it to `parse` as the
//!   second argument. It is the program's exit status, or 128 plus the number of the signal that
//!   ended the program. The status is 127 if the program does not exist, 126 if the program cannot
//!   be run, and 2 if `parse` rejects the line. In each of these three cases, print a message on
//!   standard error. An empty line does not change the status.
//! * A program starts with the default action for SIGPIPE, and with no descriptors other than 0, 1
//!   and 2. It inherits everything else from the shell, such as the environment, the working
//!   directory and the umask.
//! * If a fork fails, or if something else that the line needs is not available, print a message,
//!   set the line's status to 2, and continue with the next line. A signal may interrupt a wait
//!   (`EINTR`); in that case, wait again.
//!
//! **Step 2: redirection** (builds on the chapter on exec).
//!
//! * `< FILE`, `> FILE` and `>> FILE` apply to the command in which they appear. If a file cannot
//!   be opened, print a message that contains the file's name. In this case, the program does not
//!   run, and its status is 2.
//!
//! **Step 3: pipelines** (builds on `pipeline`).
//!
//! * All programs of a pipeline run at the same time, and the shell waits for all of them. The
//!   status of the line is that of the last program. A redirection overrides the pipe. If a fork
//!   fails, let the programs that are already running finish.
//!
//! **Step 4: jobs** (builds on `many_forks` and `rerun_failed`).
//!
//! * A line that ends with `&` becomes a job in the background. The status of this line is 0, and
//!   the shell continues without waiting. The job reads from `/dev/null` unless its input is
//!   redirected.
//! * `jobs` prints a line such as `[1] Running sort < words` for each job that is still running.
//!   Each job has a unique number, which does not change. `wait` waits for all jobs, and its status
//!   is 0.
//! * Before the shell reads a line, it reaps the jobs that have ended. At the end of `input`, it
//!   waits for the jobs that are still running. The caller may have other children, which do not
//!   belong to your function.
//!
//! **Step 5: a terminal** (builds on `shutdown` and the chapter on process groups). If standard
//! input is a terminal, the following rules apply:
//!
//! * The shell prints the prompt `$ ` before it reads a line.
//! * The programs of a line form a process group of their own. The terminal belongs to this group
//!   while it is in the foreground, so Ctrl-C ends the processes of this group and no others.
//!   Afterwards, the terminal belongs to the shell again.
//! * The shell ignores SIGINT, SIGQUIT, SIGTSTP and SIGTTOU. Before your function returns, it
//!   restores everything that it has changed in this process. The programs start with the default
//!   actions for SIGINT and SIGQUIT. Leave SIGTSTP ignored for the programs, because otherwise
//!   Ctrl-Z would stop a job, and this shell has no command that continues a stopped job.

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
/// Fails if a line cannot be read, or if the shell cannot take control of the terminal.
pub fn tiny_shell(input: impl BufRead) -> io::Result<u8> {
    todo!("step 1: run the program of each line, and wait for the program")
}
