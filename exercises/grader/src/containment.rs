//! How what is outside is kept safe from a case.
//!
//! Where the system allows it, the case gets a PID namespace: no process in it can see, and so
//! signal, any process outside, and all of them die with the first. See user_namespaces(7) and
//! pid_namespaces(7). Where not, a system call filter refuses the signals that would do most
//! harm; see seccomp(2).

use std::fs;
use std::io;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Pid, Uid, getgid, getuid};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// With `GRADER_NAMESPACES=off` in the environment there is a filter only, as there is where
/// namespaces cannot be had.
pub(crate) const VARIABLE: &str = "GRADER_NAMESPACES";

/// What a case is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Containment {
    /// A PID namespace. Root's processes cannot be limited in number.
    PidNamespace,
    /// A PID namespace in a user namespace, which counts this user's processes anew.
    UserNamespace,
    /// A system call filter.
    Filter,
}

impl Containment {
    /// The best that can be had. The children of this process will live in it. This process
    /// must have one thread.
    pub(crate) fn enter() -> Containment {
        let off = std::env::var_os(VARIABLE).is_some_and(|value| value == "off");
        if off { Containment::Filter } else { enter_namespace().unwrap_or(Containment::Filter) }
    }

    /// Whether all processes of the case die with the first one.
    pub(crate) fn ends_with_the_keeper(self) -> bool {
        self != Containment::Filter
    }

    /// Whether a limit on this user's processes would count those of the case only.
    pub(crate) fn counts_for_itself(self) -> bool {
        self == Containment::UserNamespace
    }

    /// Guards the calling process and its descendants, for good. `off_limits` are processes that
    /// must not be signalled.
    pub(crate) fn guard(self, off_limits: &[Pid]) -> io::Result<()> {
        match self {
            Containment::Filter => refuse_signals(off_limits).map_err(io::Error::other),
            _ => Ok(()),
        }
    }
}

/// Moves the children of this process into a PID namespace.
///
/// # Errors
///
/// In words, why the system does not allow it.
pub(crate) fn enter_namespace() -> Result<Containment, String> {
    if unshare(CloneFlags::CLONE_NEWPID).is_ok() {
        return Ok(Containment::PidNamespace); // root may do it at once
    }
    let (uid, gid) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID)
        .map_err(|error| format!("user and PID namespaces are not allowed here: {error}"))?;
    keep_identity(uid, gid)
        .map_err(|error| format!("a user namespace is useless here: {error}"))?;
    Ok(Containment::UserNamespace)
}

/// The same user and group inside as outside, and nobody else.
fn keep_identity(uid: Uid, gid: Gid) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))
}

/// No signals to everybody and to the processes `off_limits` (one by one, or as a group), and no
/// tracing. This holds for the process and all its descendants, whatever they execute.
fn refuse_signals(off_limits: &[Pid]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut targets = vec![-1];
    targets.extend(off_limits.iter().flat_map(|pid| [pid.as_raw(), -pid.as_raw()]));
    let kill: Result<Vec<_>, _> = targets.into_iter().map(first_argument_is).collect();
    let rules = [(libc::SYS_kill, kill?), (libc::SYS_ptrace, Vec::new())];
    let filter = SeccompFilter::new(
        rules.into(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        std::env::consts::ARCH.try_into()?,
    )?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter(&program)?;
    Ok(())
}

fn first_argument_is(pid: i32) -> Result<SeccompRule, seccompiler::BackendError> {
    let (length, equal) = (SeccompCmpArgLen::Dword, SeccompCmpOp::Eq);
    let value = u64::from(pid.cast_unsigned()); // the kernel looks at 32 bits only
    SeccompRule::new(vec![SeccompCondition::new(0, length, equal, value)?])
}
