//! # run_with_limit: a command with a time limit
//!
//! `run_with_limit(command, limit)` runs a program with its arguments, waits until it has ended,
//! and returns how it ended. By then, all processes that the program started are gone.
//!
//! * The command contains at least the program. The program finds the standard streams, the
//!   environment and the working directory of this process.
//! * If the program ends within `limit`, return its status soon afterwards, with `timed_out` false.
//! * If it does not, send SIGTERM to every process in its tree: the program, the processes it
//!   started, and those that they started. After `GRACE`, send SIGKILL to every process that is
//!   still alive. Return the program's status, whatever its reaction to SIGTERM was, with
//!   `timed_out` true.
//! * The program may leave processes behind when it ends, in time or not. End them in the same way.
//! * Some processes ignore SIGTERM, and some leave the process group and the session (`setsid`). On
//!   Linux, none of them may escape: a process whose parent has ended is adopted by the nearest
//!   ancestor that is a *subreaper* (`nix::sys::prctl::set_child_subreaper`).
//! * The caller may have other children, which your function must leave alone. Undo all changes
//!   that you make to this process.
//! * The process sleeps while it waits. A signal may interrupt a sleep (`EINTR`), which says nothing
//!   about the limit, so go on.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

/// The time between SIGTERM and SIGKILL.
pub const GRACE: Duration = Duration::from_millis(500);

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: WaitStatus,
    pub timed_out: bool,
}

/// Runs `command`. When `limit` expires, ends it and every process that it started.
///
/// # Errors
///
/// Fails if the program cannot be started or waited for.
pub fn run_with_limit(command: &[&str], limit: Duration) -> io::Result<Outcome> {
    todo!("run {command:?}, and end its whole process tree after {limit:?}")
}
