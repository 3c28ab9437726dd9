//! How what is outside is kept safe from a case. Where the system allows it, the case gets a PID
//! namespace: no process in it can see, and so signal, any process outside, and all of them die
//! with the first. See user_namespaces(7) and pid_namespaces(7). The other guard is the
//! [gate](crate::gate).

use std::fs;
use std::io;

use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Gid, Uid, fork, getgid, getuid};

use crate::{gate, hooks};

/// With `GRADER_NAMESPACES=off` in the environment, a case is kept as it is where namespaces
/// cannot be had; with `GRADER_GATE=off` as it is where there are no system call filters.
const NAMESPACES: &str = "GRADER_NAMESPACES";
pub(crate) const GATE: &str = "GRADER_GATE";

/// What a case is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Containment {
    /// A PID namespace.
    PidNamespace,
    /// A PID namespace in a user namespace, which counts this user's processes anew.
    UserNamespace,
    /// None; only the gate.
    Nothing,
}

impl Containment {
    /// The best that can be had. The children of this process will live in it. This process
    /// must have one thread.
    pub(crate) fn enter() -> Containment {
        enter_namespace().unwrap_or(Containment::Nothing)
    }

    /// Whether all processes of the case die with the first one, and see nobody else.
    pub(crate) fn is_namespace(self) -> bool {
        self != Containment::Nothing
    }

    /// Whether a limit on this user's processes would count those of the case only.
    pub(crate) fn counts_for_itself(self) -> bool {
        self == Containment::UserNamespace
    }
}

/// Whether the environment switches a guard off.
pub(crate) fn switched_off(variable: &str) -> Result<(), String> {
    let off = std::env::var_os(variable).is_some_and(|value| value == "off");
    if off { Err(format!("{variable}=off is set")) } else { Ok(()) }
}

/// Moves the children of this process into a PID namespace.
fn enter_namespace() -> Result<Containment, String> {
    switched_off(NAMESPACES)?;
    if unshare(CloneFlags::CLONE_NEWPID).is_ok() {
        return Ok(Containment::PidNamespace); // root may do it at once
    }
    let (uid, gid) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID)
        .map_err(|error| format!("the system does not allow user namespaces: {error}"))?;
    keep_identity(uid, gid).map_err(|error| format!("a user namespace is useless: {error}"))?;
    Ok(Containment::UserNamespace)
}

/// The same user and group inside as outside, and nobody else.
fn keep_identity(uid: Uid, gid: Gid) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))
}

/// What can be had here, found out by a child process.
pub(crate) fn try_namespace() -> Result<(), String> {
    in_a_child(|| enter_namespace().map(|_| ()))
}

/// The same for the gate.
pub(crate) fn try_gate() -> Result<(), String> {
    in_a_child(|| {
        switched_off(GATE)?;
        gate::install(&[]).map(drop).map_err(|error| format!("no system call filter: {error}"))
    })
}

/// The calling process must have one thread.
fn in_a_child(attempt: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let (reader, writer) = io::pipe().map_err(|error| format!("no pipe: {error}"))?;
    // SAFETY: as the caller promises, this process has one thread.
    match unsafe { fork() }.map_err(|error| format!("no fork: {error}"))? {
        ForkResult::Child => {
            drop(reader);
            let refusal = attempt().err().unwrap_or_default();
            let _ = io::Write::write_all(&mut &writer, refusal.as_bytes());
            hooks::exit_unrecorded(0)
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let refusal = io::read_to_string(reader).map_err(|error| error.to_string());
            let _ = waitpid(child, None);
            refusal.and_then(|text| if text.is_empty() { Ok(()) } else { Err(text) })
        }
    }
}
