//! Linux: prctl(2), limits, and namespaces.

use std::fs;
use std::io;
use std::path::PathBuf;

use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::Signal;
use nix::unistd::{Gid, Pid, Uid, getgid, getppid, getuid};

use crate::case::containment::Containment;

/// What cannot be had on this system.
pub(crate) const MISSING: &str = "";

/// If cargo started this process, it ends with cargo, also if that is killed. (Cargo waits for its
/// tests in the thread that started them. Others, like nextest, do not; and from a shell a run may
/// well be left to itself.)
pub(crate) fn end_with_cargo() {
    let parent = getppid();
    if procinfo::stat(parent).is_ok_and(|parent| parent.name == "cargo")
        && procinfo::die_with(parent, Signal::SIGTERM).is_err()
    {
        std::process::exit(1); // it has ended meanwhile, and no signal will come
    }
}

/// Closes all descriptors but the three standard ones.
pub(crate) fn close_all_but_standard() {
    // SAFETY: takes numbers only. Whatever owned those descriptors is not used any more.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) };
}

/// Closes all descriptors.
pub(crate) fn close_all() {
    // SAFETY: takes numbers only. This process uses no descriptor any more.
    unsafe { libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0) };
}

/// If memory runs out, this process is to be killed before others: proc_pid_oom_score_adj(5).
pub(crate) fn prefer_when_memory_is_short() {
    let _ = fs::write("/proc/self/oom_score_adj", "1000"); // as good as we can
}

/// The user of this process may have this many processes and threads.
pub(crate) fn limit_processes(most: u64) -> nix::Result<()> {
    setrlimit(Resource::RLIMIT_NPROC, most, most)
}

/// The program that is running, even if cargo has replaced its file meanwhile.
pub(crate) fn this_program() -> io::Result<PathBuf> {
    Ok("/proc/self/exe".into())
}

/// The number by which `pid` knows itself. In a PID namespace it is another one.
pub(crate) fn own_pid(pid: Pid) -> Option<Pid> {
    let numbers = procinfo::status_field(pid, "NSpid").ok()??;
    Some(Pid::from_raw(numbers.split_whitespace().last()?.parse().ok()?))
}

/// Moves the children of this process into a PID namespace: user_namespaces(7) and
/// pid_namespaces(7). This process must have one thread.
///
/// # Errors
///
/// In words: why the system does not allow it.
pub(crate) fn enter_namespace() -> Result<Containment, String> {
    if unshare(CloneFlags::CLONE_NEWPID).is_ok() {
        return Ok(Containment::PidNamespace); // root may do it at once
    }
    let (uid, gid) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID)
        .map_err(|error| format!("the system does not allow user namespaces: {error}"))?;
    keep_identity(uid, gid).map_err(|error| format!("a user namespace is useless: {error}"))?;
    Ok(Containment::UserNamespace)
}

/// The same user and group inside as outside, and no others.
fn keep_identity(uid: Uid, gid: Gid) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))
}
