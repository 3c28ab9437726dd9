//! Where the system allows it, the case gets a PID namespace: no process in it can see, and so
//! signal, any process outside, and all of them die with the first. See user_namespaces(7) and
//! pid_namespaces(7).

use std::fs;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, getgid, getuid};

/// The children of this process will live in a PID namespace of their own. This process must
/// have one thread.
///
/// # Errors
///
/// In words, why the system does not allow it.
pub(crate) fn enter() -> Result<(), String> {
    if unshare(CloneFlags::CLONE_NEWPID).is_ok() {
        return Ok(()); // root may do it at once
    }
    let (uid, gid) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID)
        .map_err(|error| format!("no user namespace can be had here: {error}"))?;
    keep_identity(uid, gid).map_err(|error| format!("no user can be set up in a namespace: {error}"))
}

/// The same user and group inside as outside, and nobody else.
fn keep_identity(uid: Uid, gid: Gid) -> std::io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))
}
