//! The processes of a group: its members, and how they end.

use std::thread;

use lesson_cli::{Failure, printable, say};
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use procinfo::Stat;

/// The living processes of `group`.
pub(crate) fn members(group: Pid) -> Result<Vec<Stat>, Failure> {
    let all = procinfo::processes().map_err(|error| Failure::system("reading /proc", error))?;
    let is_member = |process: &Stat| process.group == group && !process.state.has_ended();
    Ok(all.into_iter().filter(is_member).collect())
}

/// Polls until the shell, which is the first process of `group`, has started all its commands.
pub(crate) fn wait_for_commands(group: Pid, count: usize) -> Result<(), Failure> {
    loop {
        let members = members(group)?;
        let sleeping = members.iter().filter(|member| member.name == "sleep").count();
        if sleeping == count {
            return Ok(());
        }
        if !members.iter().any(|member| member.pid == group) {
            return Err(Failure::Other(format!(
                "/proc shows no process {group}: the shell ended too early, or /proc is hidden"
            )));
        }
        thread::yield_now();
    }
}

/// A row for each process of `group`.
pub(crate) fn show(group: Pid) -> Result<(), Failure> {
    say!("{:>9} {:>9} {:>9} {:>9}  program", "PID", "parent", "group", "session");
    for process in members(group)? {
        let Stat { pid, parent, group, session, .. } = process;
        say!("{pid:>9} {parent:>9} {group:>9} {session:>9}  {}", printable(&process.name));
    }
    Ok(())
}

/// Sends SIGTERM to `group` and waits for all its processes, which are children of this one by
/// now. Returns how many there were.
pub(crate) fn end(group: Pid) -> Result<usize, Failure> {
    killpg(group, Signal::SIGTERM).map_err(|errno| Failure::system("killpg", errno))?;
    let any_of_group = Pid::from_raw(-group.as_raw());
    let mut ended = 0;
    loop {
        match waitpid(any_of_group, None) {
            Ok(_) => ended += 1,
            Err(Errno::ECHILD) => return Ok(ended),
            Err(errno) => return Err(Failure::system("waitpid", errno)),
        }
    }
}
