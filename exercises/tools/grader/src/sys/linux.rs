//! Linux: prctl(2), limits, and namespaces.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, CpuSet, sched_getaffinity, unshare};
use nix::sys::prctl;
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

/// From now on, no process but root's may open the memory or the descriptors of this one and of
/// those that it forks, which hold the verdict: PR_SET_DUMPABLE(2const).
pub(crate) fn hide_from_the_case() {
    let _ = prctl::set_dumpable(false);
}

/// Undoes [`hide_from_the_case`] for this process: the supervisor looks into the test process.
pub(crate) fn show_to_the_supervisor() {
    let _ = prctl::set_dumpable(true);
}

/// Gives process 1 of a PID namespace and its descendants a /proc that shows the namespace's
/// processes only. Where the system does not allow it, they see the old one.
///
/// # Errors
///
/// The system does not allow it, as in a container that covers parts of its /proc.
pub(crate) fn mount_own_proc() -> nix::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let private = MsFlags::MS_PRIVATE | MsFlags::MS_REC;
    let nothing = None::<&str>;
    unshare(CloneFlags::CLONE_NEWNS)
        .and_then(|()| mount(nothing, "/", nothing, private, nothing))
        .and_then(|()| mount(Some("proc"), "/proc", Some("proc"), flags, nothing))
}

/// If memory runs out, this process is to be killed before others: proc_pid_oom_score_adj(5).
pub(crate) fn prefer_when_memory_is_short() {
    let _ = fs::write("/proc/self/oom_score_adj", "1000"); // as good as we can
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
    keep_identity(uid, gid).map_err(|error| format!("a user namespace cannot be used: {error}"))?;
    Ok(Containment::UserNamespace)
}

/// The same user and group inside as outside, and no others.
fn keep_identity(uid: Uid, gid: Gid) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))
}

/// The open descriptors of this process, and what each refers to.
pub(crate) fn open_descriptors() -> BTreeMap<i32, String> {
    let mut descriptors = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
        let Some(descriptor) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let Ok(file) = fs::read_link(entry.path()) else { continue };
        let file = file.to_string_lossy().into_owned();
        if file.starts_with("/proc/") && file.ends_with("/fd") {
            continue; // this look itself
        }
        let waits = if is_nonblocking(descriptor) { ", O_NONBLOCK" } else { "" };
        descriptors.insert(descriptor, format!("{file}{waits}"));
    }
    descriptors
}

fn is_nonblocking(descriptor: i32) -> bool {
    // SAFETY: reads the flags of a number that may or may not be a descriptor.
    let flags = unsafe { libc::fcntl(descriptor, libc::F_GETFL) };
    flags != -1 && flags & libc::O_NONBLOCK != 0
}

/// How many threads this process has, and whether another one than the calling one runs. A thread
/// that is on its way out of the kernel, with the flag PF_EXITING of linux/sched.h, does not count.
pub(crate) fn threads() -> (usize, bool) {
    const EXITING: u64 = 4;
    let own = nix::unistd::gettid().to_string();
    let (mut count, mut runs) = (0, false);
    for thread in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        let fields: Vec<&str> =
            stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ').collect();
        let flags = fields.get(6).and_then(|flags| flags.parse::<u64>().ok());
        if flags.is_some_and(|flags| flags & EXITING == 0) {
            count += 1;
            runs |= fields[0] == "R" && thread.file_name() != *own;
        }
    }
    (count, runs)
}

/// What can be set for a process on Linux only: the name and the state of each.
pub(crate) fn settings() -> Vec<(String, String)> {
    let timers = fs::read_to_string("/proc/self/timers").unwrap_or_default();
    let timers = timers.lines().filter(|line| line.starts_with("ID:")).count();
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let is_shared = |map: &&str| map.split(' ').nth(1).is_some_and(|access| access.ends_with('s'));
    let shared = maps.lines().filter(is_shared).count();
    let adopts = prctl::get_child_subreaper().unwrap_or_default();
    let dies = prctl::get_pdeathsig().ok().flatten().map_or("none", Signal::as_str);
    let processors = sched_getaffinity(Pid::from_raw(0)).map_or(0, |set| {
        (0..CpuSet::count()).filter(|&cpu| set.is_set(cpu).unwrap_or_default()).count()
    });
    [
        ("timers of timer_create", timers.to_string()),
        ("the number of shared memory mappings", shared.to_string()),
        ("whether it adopts orphans (PR_SET_CHILD_SUBREAPER)", adopts.to_string()),
        ("the signal at the end of its parent (PR_SET_PDEATHSIG)", dies.to_owned()),
        ("how many processors it may use (sched_setaffinity)", processors.to_string()),
    ]
    .map(|(name, state)| (name.to_owned(), state))
    .into()
}

/// The time on a clock that only goes forward, past the hook of `clock_gettime`.
pub(crate) fn clock() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one time.
    unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_MONOTONIC, &raw mut time) };
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}
