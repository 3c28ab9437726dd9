//! # run_with_limit: a command, and its end in time
//!
//! `run_with_limit(command, limit)` runs a program with its arguments, waits for its end, and
//! returns how it ended, with all processes gone that the program has started.
//!
//! * If the program ends within the time `limit`, `timed_out` is false, and the status comes soon
//!   after its end.
//! * If it does not, every process of its tree gets SIGTERM: the program, what it has started, and
//!   what those have started. What is still there after `GRACE` gets SIGKILL. `timed_out` is true,
//!   and `status` is that of the program, whatever it has made of SIGTERM.
//! * The program may have left processes behind when it ends, in time or not. They are ended too, in
//!   the same way.
//! * Some processes ignore SIGTERM, and some leave the process group and the session (`setsid`). On
//!   Linux, none of them gets away: a process whose parent has ended is adopted by the nearest
//!   ancestor that is a *subreaper* (`nix::sys::prctl::set_child_subreaper`).
//! * The caller may have other children, which are not yours. What you change about this process, you
//!   put back.
//! * The process sleeps while it waits.

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

/// Runs `command`, and ends it and all that it has started when `limit` is over.
///
/// # Errors
///
/// If the program cannot be started or waited for.
pub fn run_with_limit(command: &[&str], limit: Duration) -> io::Result<Outcome> {
    todo!("run {command:?}, and end its whole tree after {limit:?}")
}
