//! What the operating system lets this user do.

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

use super::Finding;

/// Fewer processes than this are soon used up by an editor, a browser and a check.
const ENOUGH: u64 = 256;

/// To be called in a process with one thread: it forks.
pub(super) fn look() -> Vec<Finding> {
    let mut findings = vec![forking(), limits()];
    #[cfg(target_os = "linux")]
    findings.extend([linux::proc(), linux::ptrace()]);
    findings.extend(grader::guards().map(|guard| Finding {
        name: guard.name,
        needed_for: guard.does,
        essential: false,
        result: match guard.missing {
            None => Ok("available to the checks".to_owned()),
            Some(why) => {
                Err((why, format!("{} The checks also run without it.", mend(guard.name))))
            }
        },
    }));
    findings
}

fn mend(guard: &str) -> &'static str {
    if !cfg!(target_os = "linux") {
        "it exists only on Linux."
    } else if guard.contains("namespace") {
        "`sysctl kernel.unprivileged_userns_clone=1` (Debian) or \
         `sysctl kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu), as root; in a container, \
         --security-opt seccomp=unconfined."
    } else {
        "use Linux 5.5 or newer; in a container, --security-opt seccomp=unconfined."
    }
}

/// Forks a child that does `what` and ends with its exit status.
fn in_child(what: impl FnOnce() -> i32) -> Result<i32, String> {
    // SAFETY: the doctor looks here first, when this process has one thread.
    match unsafe { fork() } {
        Err(errno) => Err(format!("fork: {errno}")),
        Ok(ForkResult::Child) => {
            let status = what();
            // SAFETY: takes a number only, and runs nothing of the parent's on the way out.
            unsafe { nix::libc::_exit(status) }
        }
        Ok(ForkResult::Parent { child }) => match waitpid(child, None) {
            Ok(WaitStatus::Exited(_, status)) => Ok(status),
            Ok(other) => Err(format!("the child ended with {other:?}")),
            Err(errno) => Err(format!("waitpid: {errno}")),
        },
    }
}

fn forking() -> Finding {
    Finding {
        name: "fork",
        needed_for: "All lessons and exercises.",
        essential: true,
        result: match in_child(|| 7) {
            Ok(7) => Ok("a child was forked and reaped".to_owned()),
            Ok(other) => Err((
                format!("a child exited with status 7, but was reported with {other}"),
                String::new(),
            )),
            Err(why) => Err((why, "end some processes, or raise `ulimit -u`".to_owned())),
        },
    }
}

fn limits() -> Finding {
    let own = own_limit().unwrap_or(u64::MAX);
    let group = groups_limit().unwrap_or(u64::MAX);
    let said = |limit| if limit == u64::MAX { "none".to_owned() } else { format!("{limit}") };
    let text = format!("limit of this user: {}, of the cgroup: {}", said(own), said(group));
    Finding {
        name: "process limits",
        needed_for: "Many children at once; some lessons fork as many as 64.",
        essential: false,
        result: if own.min(group) >= ENOUGH {
            Ok(text)
        } else {
            let mend = format!("`ulimit -u 4096`; in a container, --pids-limit {ENOUGH} or more");
            Err((text, mend))
        },
    }
}

/// `ulimit -u`.
#[cfg(target_os = "linux")]
fn own_limit() -> Option<u64> {
    use nix::sys::resource::{Resource, getrlimit};

    getrlimit(Resource::RLIMIT_NPROC).ok().map(|(soft, _)| soft)
}

/// nix does not know that limit of this system.
#[cfg(not(target_os = "linux"))]
fn own_limit() -> Option<u64> {
    None
}

/// The smallest `pids.max` of the cgroups that this process is in, if one has any.
/// (<https://docs.kernel.org/admin-guide/cgroup-v2.html#pid>)
fn groups_limit() -> Option<u64> {
    let own = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::/"))?.to_owned();
    let folders = std::path::Path::new(&path).ancestors();
    let limits = folders.filter_map(|folder| {
        let file = std::path::Path::new("/sys/fs/cgroup").join(folder).join("pids.max");
        std::fs::read_to_string(file).ok()?.trim().parse().ok()
    });
    limits.min()
}

#[cfg(target_os = "linux")]
mod linux {
    use nix::sys::ptrace;

    use super::{Finding, in_child};

    pub(super) fn proc() -> Finding {
        let stat = procinfo::stat(nix::unistd::getpid());
        Finding {
            name: "/proc",
            needed_for: "It shows zombies and orphans, and what a process waits for.",
            essential: true,
            result: match stat {
                Ok(_) => Ok("mounted".to_owned()),
                Err(why) => {
                    let mend = "`mount -t proc proc /proc`, as root".to_owned();
                    Err((format!("/proc does not show this process: {why}"), mend))
                }
            },
        }
    }

    /// A child asks to be traced: what it takes to follow a command that one starts oneself.
    pub(super) fn ptrace() -> Finding {
        Finding {
            name: "ptrace",
            needed_for: "lesson-timeline: it draws what the processes of a command did.",
            essential: false,
            result: match in_child(|| ptrace::traceme().map_or_else(|errno| errno as i32, |()| 0)) {
                Ok(0) => Ok("a child can be traced".to_owned()),
                Ok(errno) => Err((
                    format!("refused: {}", nix::errno::Errno::from_raw(errno)),
                    "in a container: --cap-add SYS_PTRACE; otherwise, set kernel.yama.ptrace_scope \
                     to less than 3"
                        .to_owned(),
                )),
                Err(why) => Err((why, "see fork".to_owned())),
            },
        }
    }
}
