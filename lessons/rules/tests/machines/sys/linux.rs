//! What a process on Linux can have done to itself.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::File;

use nix::errno::Errno;
use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{Gid, Uid, fexecve, geteuid, setgid, setgroups, setuid};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use crate::setup::Setup;

pub(crate) fn apply(setup: Setup) -> Result<(), String> {
    match setup {
        Setup::FewProcesses => {
            // It never binds root, and counts all processes of a user.
            plain_user()?;
            setrlimit(Resource::RLIMIT_NPROC, 64, 64).map_err(|error| error.to_string())
        }
        Setup::HiddenProcesses => {
            proc_is("proc", Some("hidepid=2"))?;
            plain_user()
        }
        Setup::NoProc => proc_is("tmpfs", None),
        Setup::NoPtrace => refuse(&[libc::SYS_ptrace], libc::EPERM),
        Setup::NoFilters => refuse(&[libc::SYS_seccomp, libc::SYS_prctl], libc::EINVAL),
        Setup::NoNamespaces => no_namespaces(),
        _ => Ok(()),
    }
}

/// Becomes the program in the file, which need not have a path that this user may follow.
pub(crate) fn become_file(file: &File, arguments: &[CString], environment: &[CString]) -> String {
    fexecve(file, arguments, environment)
        .expect_err("BUG: exec returned and did not fail")
        .to_string()
}

/// Becomes a user without any other process, which requires root.
fn plain_user() -> Result<(), String> {
    if !geteuid().is_root() {
        return Err("to be another user takes root".to_owned());
    }
    let user = 50_000 + std::process::id() % 10_000;
    setgroups(&[])
        .and_then(|()| setgid(Gid::from_raw(user)))
        .and_then(|()| setuid(Uid::from_raw(user)))
        .map_err(|error| format!("becoming another user: {error}"))
}

/// Mounts something else at `/proc`, for this process and its children.
fn proc_is(kind: &str, options: Option<&str>) -> Result<(), String> {
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    let none = None::<&str>;
    unshare(CloneFlags::CLONE_NEWNS)
        .and_then(|()| mount(none, "/", none, private, none))
        .and_then(|()| mount(Some(kind), "/proc", Some(kind), MsFlags::empty(), options))
        .map_err(|error| format!("mounting {kind} at /proc: {error}"))
}

fn refuse(calls: &[libc::c_long], errno: i32) -> Result<(), String> {
    install(calls.iter().map(|&call| (call, Vec::new())).collect(), errno)
}

/// As a container's filter does it: `clone3` is not there, because its flags cannot be looked at.
fn no_namespaces() -> Result<(), String> {
    let wants_one = |argument| {
        let flag = libc::CLONE_NEWUSER as u64;
        let condition = SeccompCondition::new(
            argument,
            SeccompCmpArgLen::Qword,
            SeccompCmpOp::MaskedEq(flag),
            flag,
        );
        SeccompRule::new(vec![condition.expect("BUG: a plain condition")])
            .expect("BUG: a rule with one condition")
    };
    let by_flags = [libc::SYS_clone, libc::SYS_unshare].map(|call| (call, vec![wants_one(0)]));
    install(by_flags.into_iter().collect(), libc::EPERM)?;
    refuse(&[libc::SYS_clone3], libc::ENOSYS)
}

fn install(rules: BTreeMap<libc::c_long, Vec<SeccompRule>>, errno: i32) -> Result<(), String> {
    let errno = SeccompAction::Errno(Errno::from_raw(errno) as u32);
    let arch = std::env::consts::ARCH.try_into().map_err(|_| "an unknown processor")?;
    let program: seccompiler::BpfProgram =
        SeccompFilter::new(rules, SeccompAction::Allow, errno, arch)
            .and_then(TryInto::try_into)
            .expect("BUG: a filter of plain rules");
    seccompiler::apply_filter(&program).map_err(|error| format!("no filter here: {error}"))
}
