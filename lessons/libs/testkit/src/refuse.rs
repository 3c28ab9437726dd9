//! Makes the kernel refuse a fork, for real: no fork of a lesson is replaced by a pretended one.
//!
//! There are three ways, because no single one works for every user (`man 2 fork`, EAGAIN):
//! a seccomp filter refuses every fork, to any user; RLIMIT_NPROC counts, but never binds root,
//! and counts all processes of the user. So root runs the lesson as a user without other processes,
//! and any other user runs it in a user namespace of its own, where counting starts anew.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::errno::Errno;
use nix::libc;
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use tempfile::TempDir;

/// The folder, if there is one, holds a copy of the binary and must live as long as the run.
pub(crate) fn forks_after(command: &mut Command, forks: u32) -> Result<Option<TempDir>, String> {
    if forks == 0 {
        refuse_all(command);
        return Ok(None);
    }
    // The lesson itself is the first process of its user.
    let limit = u64::from(forks) + 1;
    if nix::unistd::geteuid().is_root() {
        return as_nobody_else(command, limit).map(Some).map_err(|error| error.to_string());
    }
    namespaces_allowed()?;
    let limits = move || {
        unshare(CloneFlags::CLONE_NEWUSER)?;
        limit_processes(limit)
    };
    // SAFETY: between fork and exec the closure makes two system calls and allocates nothing.
    unsafe { command.pre_exec(limits) };
    Ok(None)
}

fn limit_processes(limit: u64) -> io::Result<()> {
    Ok(setrlimit(Resource::RLIMIT_NPROC, limit, limit)?)
}

/// Every system call that makes a process fails with EAGAIN.
fn refuse_all(command: &mut Command) {
    let program = refusing_program();
    let install =
        move || seccompiler::apply_filter(&program).map_err(|_| io::ErrorKind::Other.into());
    // SAFETY: the program was built before; the closure makes two system calls with it.
    unsafe { command.pre_exec(install) };
}

fn refusing_program() -> BpfProgram {
    let mut calls = vec![libc::SYS_clone, libc::SYS_clone3];
    #[cfg(target_arch = "x86_64")]
    calls.extend([libc::SYS_fork, libc::SYS_vfork]);
    let again = SeccompAction::Errno(Errno::EAGAIN as u32);
    let arch = std::env::consts::ARCH.try_into().expect("seccompiler knows this processor");
    let rules = calls.into_iter().map(|call| (call, Vec::new())).collect();
    SeccompFilter::new(rules, SeccompAction::Allow, again, arch)
        .and_then(TryInto::try_into)
        .expect("BUG: a filter of four plain rules")
}

/// Runs the command as a user with no other process, from a copy which that user can reach.
fn as_nobody_else(command: &mut Command, limit: u64) -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
    let copy = folder.path().join("lesson");
    // Another process copies. Had this one the file open for writing, a child that some other
    // thread forks just then would have it open too, and it could not be run: "Text file busy".
    let copied = Command::new("cp").arg(command.get_program()).arg(&copy).status()?;
    if !copied.success() {
        return Err(io::Error::other(format!("cp: {copied}")));
    }
    let mut moved = Command::new(copy);
    moved.args(command.get_args()).process_group(0).uid(unused_user());
    moved.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // SAFETY: between fork and exec the closure makes one system call.
    unsafe { moved.pre_exec(move || limit_processes(limit)) };
    *command = moved;
    Ok(folder)
}

/// A user ID that no account and no other test uses.
fn unused_user() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let of_process = std::process::id() % 1_000 * 24;
    40_000 + of_process + NEXT.fetch_add(1, Ordering::Relaxed) % 24
}

/// Tries once in a program that does nothing whether this user may have a user namespace.
fn namespaces_allowed() -> Result<(), String> {
    let mut probe = Command::new("true");
    // SAFETY: between fork and exec the closure makes one system call.
    unsafe { probe.pre_exec(|| Ok(unshare(CloneFlags::CLONE_NEWUSER)?)) };
    match probe.status() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("no user namespace for this user here: {error}")),
    }
}
