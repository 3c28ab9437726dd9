//! What the recorder asks about a process (`man 5 proc`). PIDs are plain numbers here, as in the
//! events.

use std::path::Path;

use nix::errno::Errno;
use nix::libc::{self, c_int};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use procinfo::{Stat, stat, status_field};

/// Whether the thread `tid` belongs to the process `pid`.
pub(super) fn has_thread(pid: u32, tid: u32) -> bool {
    Path::new(&format!("/proc/{pid}/task/{tid}")).exists()
}

/// Whether `tid` is a thread, and not the first, of a process.
pub(super) fn is_thread(tid: u32) -> bool {
    field(tid, "Tgid").is_some_and(|pid| pid != tid.to_string())
}

/// Whether `pid` has ended and has not been reaped.
pub(super) fn is_zombie(pid: u32) -> bool {
    stat(pid_of(pid)).is_ok_and(|stat| stat.state.has_ended())
}

/// Whether `pid` still has an entry, even as a zombie. Asking `kill` is much quicker
/// than asking `/proc`.
pub(super) fn exists(pid: u32) -> bool {
    kill(pid_of(pid), None) != Err(Errno::ESRCH)
}

/// The arguments with which the program of `pid` was run.
pub(super) fn arguments(pid: u32) -> Vec<String> {
    let words = procinfo::command_line(pid_of(pid)).unwrap_or_default();
    words.iter().map(|word| word.to_string_lossy().into_owned()).collect()
}

/// The name of the program of `pid`, at most 15 bytes of it.
pub(super) fn name(pid: u32) -> String {
    stat(pid_of(pid)).map(|stat| stat.name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The PID of the parent of `pid`.
pub(super) fn parent(pid: u32) -> Option<u32> {
    stat(pid_of(pid)).ok().map(|stat| number(stat.parent))
}

/// Whether a signal sent to `pid` has any effect.
pub(super) fn has_effect(pid: u32, signal: c_int) -> bool {
    let by_default =
        ![libc::SIGCHLD, libc::SIGCONT, libc::SIGURG, libc::SIGWINCH].contains(&signal);
    let in_mask = |name| mask_has(pid, name, signal);
    in_mask("SigCgt") || (by_default && !in_mask("SigIgn"))
}

fn mask_has(pid: u32, name: &str, signal: c_int) -> bool {
    let mask = field(pid, name).and_then(|mask| u64::from_str_radix(&mask, 16).ok());
    mask.unwrap_or_default() >> (signal - 1) & 1 == 1
}

fn field(pid: u32, name: &str) -> Option<String> {
    status_field(pid_of(pid), name).ok().flatten()
}

/// All processes that exist.
pub(super) fn all() -> impl Iterator<Item = (u32, Stat)> {
    let all = procinfo::processes().unwrap_or_default();
    all.into_iter().map(|stat| (number(stat.pid), stat))
}

pub(super) fn number(pid: Pid) -> u32 {
    pid.as_raw().unsigned_abs()
}

pub(super) fn pid_of(number: u32) -> Pid {
    Pid::from_raw(number.cast_signed())
}
