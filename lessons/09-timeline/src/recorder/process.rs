//! What `/proc` says of a process (`man 5 proc`).

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use nix::errno::Errno;
use nix::libc::{self, c_int};
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// Whether the thread `tid` belongs to the process `pid`.
pub(super) fn has_thread(pid: u32, tid: u32) -> bool {
    Path::new(&format!("/proc/{pid}/task/{tid}")).exists()
}

/// Whether `tid` is a thread, and not the first, of a process.
pub(super) fn is_thread(tid: u32) -> bool {
    status_line(tid, "Tgid:").is_some_and(|pid| pid != tid.to_string())
}

/// Whether `pid` has ended and is still there.
pub(super) fn is_zombie(pid: u32) -> bool {
    status_line(pid, "State:").is_some_and(|state| state.starts_with('Z'))
}

/// Whether there is still an entry for `pid`, be it a zombie's. Asking `kill` is much quicker
/// than asking `/proc`.
pub(super) fn exists(pid: u32) -> bool {
    kill(Pid::from_raw(pid.cast_signed()), None) != Err(Errno::ESRCH)
}

/// The arguments with which the program of `pid` was run.
pub(super) fn arguments(pid: u32) -> Vec<String> {
    let line = read(pid, "cmdline").unwrap_or_default();
    let line = line.strip_suffix(b"\0").unwrap_or(&line);
    line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// The name of the program of `pid`, at most 15 bytes of it.
pub(super) fn name(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}

/// The PID of the parent of `pid`.
pub(super) fn parent(pid: u32) -> Option<u32> {
    status_line(pid, "PPid:")?.parse().ok()
}

/// Whether a signal that `pid` gets does anything.
pub(super) fn has_effect(pid: u32, signal: c_int) -> bool {
    let by_default =
        ![libc::SIGCHLD, libc::SIGCONT, libc::SIGURG, libc::SIGWINCH].contains(&signal);
    let in_mask = |name| mask_has(pid, name, signal);
    in_mask("SigCgt:") || (by_default && !in_mask("SigIgn:"))
}

fn mask_has(pid: u32, name: &str, signal: c_int) -> bool {
    let mask = status_line(pid, name).and_then(|mask| u64::from_str_radix(&mask, 16).ok());
    mask.unwrap_or_default() >> (signal - 1) & 1 == 1
}

fn status_line(pid: u32, name: &str) -> Option<String> {
    let status = read(pid, "status").ok()?;
    let status = String::from_utf8_lossy(&status); // it begins with a name, which may hold anything
    status.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
}

/// The text of `/proc/PID/NAME`. The kernel says of such files that they are empty, so the room
/// for what is usual is made beforehand, lest it take many small reads.
fn read(pid: u32, name: &str) -> io::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(4096);
    File::open(format!("/proc/{pid}/{name}"))?.read_to_end(&mut text)?;
    Ok(text)
}

/// A line of `/proc/PID/stat`.
pub(super) struct Stat {
    /// The letter that `ps` shows too: R, S, Z, …
    pub(super) state: char,
    pub(super) parent: u32,
    /// Of a zombie, the status that its parent will get; 0 where it may not be read.
    pub(super) exit_status: i32,
}

/// All processes there are.
pub(super) fn all() -> impl Iterator<Item = (u32, Stat)> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    folders.filter_map(|folder| {
        let pid = folder.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(folder.path().join("stat")).ok()?;
        // PID (name) state PPID …: the name may itself hold spaces and parentheses.
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split_whitespace().collect();
        let (state, parent) = (fields.first()?.chars().next()?, fields.get(1)?.parse().ok()?);
        let exit_status = fields.last()?.parse().ok()?;
        Some((pid, Stat { state, parent, exit_status }))
    })
}
