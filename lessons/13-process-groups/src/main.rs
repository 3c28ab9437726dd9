//! Which processes a signal reaches. A run shows:
//!
//! * a shell with N commands in the background: N + 1 processes, one process group;
//! * SIGKILL for the shell ends the shell alone. The commands are orphans now, and still run;
//! * they are still in the group, so that one signal for the group reaches all.
//!
//! The shell gets a group of its own, like every job in your terminal. Ctrl-C goes to the
//! foreground group and does not reach that one, so the lesson blocks SIGINT while it exists.

mod group;

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};

use lesson_cli::{Args, Failure, say};
use nix::sys::signal::Signal::{SIGHUP, SIGINT, SIGKILL, SIGTERM};
use nix::sys::signal::{SigSet, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, getpgrp, getpid};

const USAGE: &str = "\
Which processes a signal reaches: a process, a group, a session.

Usage: lesson-process-groups [N]
Example: cargo run -p lesson-process-groups -- 3

  N        number of commands the shell starts, 1 to 20 (default 2)
  --help   show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let commands = args.number("N", 1..=20)?.unwrap_or(2);
    args.finish()?;
    let script = "sleep 100 & ".repeat(commands) + "wait";
    let deadly: SigSet = [SIGHUP, SIGINT, SIGTERM].into_iter().collect();
    deadly.thread_block().map_err(|errno| Failure::system("blocking signals", errno))?;
    // Orphans become children of this process, which can then wait for them.
    procinfo::become_subreaper().map_err(|error| Failure::system("prctl", error))?;

    say!("I am {}, in group {}. I start: sh -c '{script}'", getpid(), getpgrp());
    let shell = start_shell(&script)?;
    let group = Pid::from_raw(shell.id().cast_signed()); // a group has its first process's PID
    let shown = show_and_kill(group, commands);
    // Even if a step failed, no process of the group may be left.
    let ended = group::end(group);
    say!("kill -TERM -{group}, the whole group: {} processes ended", ended?);
    shown?;
    say!("left in group {group}: {}", group::members(group)?.len());
    deadly.thread_unblock().map_err(|errno| Failure::system("unblocking signals", errno))
}

fn start_shell(script: &str) -> Result<Child, Failure> {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).process_group(0); // 0: a new group
    // The commands may outlive this process, while a reader of its output waits for end-of-file.
    shell.stdin(Stdio::null()).stdout(Stdio::null());
    // SAFETY: the closure makes one system call, and neither allocates nor takes a lock.
    unsafe { shell.pre_exec(|| Ok(SigSet::empty().thread_set_mask()?)) }; // the mask is inherited
    shell.spawn().map_err(|error| Failure::system("starting sh", error))
}

fn show_and_kill(group: Pid, commands: usize) -> Result<(), Failure> {
    group::wait_for_commands(group, commands)?;
    group::show(group)?;
    say!("kill -KILL {group}, the shell alone:");
    kill(group, SIGKILL).map_err(|errno| Failure::system("kill", errno))?;
    waitpid(group, None).map_err(|errno| Failure::system("waitpid", errno))?;
    group::show(group)
}
