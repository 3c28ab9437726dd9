//! What the kernel reports about processes, and the few requests that the tools of this workbook
//! make of it: die with the parent, adopt orphans, end a process group.
//!
//! | to know or do | here | source |
//! |---|---|---|
//! | state, parent, group, times of a process | [`stat`], [`processes`] | proc_pid_stat(5) |
//! | which processes there are, and below which one | [`pids`], [`children_of`], [`descendants`] | proc_pid_task(5), proc_tid_children(5) |
//! | threads of this process | [`thread_count`] | proc_pid_stat(5) |
//! | arguments of a process, a line of its status | [`command_line`], [`status_field`] | proc_pid_cmdline(5), proc_pid_status(5) |
//! | a signal when the parent ends | [`die_with_parent`], [`die_with`] | PR_SET_PDEATHSIG(2const) |
//! | adopt the orphans among the descendants | [`become_subreaper`] | PR_SET_CHILD_SUBREAPER(2const) |
//! | end all processes of a group | [`end_group`], [`end_group_after`] | kill(2), waitid(2) |
//! | the default action of SIGINT, SIGQUIT and SIGHUP | [`default_terminal_signals`] | signal(7) |
//! | size of a terminal, whether a browser can be shown | [`window_size`], [`has_display`] | TIOCGWINSZ(2const) |
//!
//! What only Linux knows is in `sys/linux.rs`, and `sys/other.rs` has the same functions for other
//! systems: reading there is an error of the kind [`std::io::ErrorKind::Unsupported`], and a
//! request does nothing.

mod display;
mod group;
mod signals;
mod stat;
mod sys;

pub use display::{WindowSize, has_display, window_size};
pub use group::{end_group, end_group_after};
pub use signals::default_terminal_signals;
pub use stat::{Stat, State};

use std::ffi::OsString;
use std::io;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

/// The line of `/proc/PID/stat`, taken apart.
///
/// # Errors
///
/// `NotFound` if there is no such process, or `/proc` is not mounted; `PermissionDenied` if the
/// kernel refuses it; `InvalidData` if the line is not as documented; `Unsupported` on other
/// systems than Linux. A `/proc` mounted with `hidepid` answers `NotFound` for the processes of
/// other users.
pub fn stat(pid: Pid) -> io::Result<Stat> {
    sys::stat(pid)
}

/// The PIDs of all processes that `/proc` shows to this one, in ascending order.
///
/// # Errors
///
/// If `/proc` cannot be read; `Unsupported` on other systems than Linux.
pub fn pids() -> io::Result<Vec<Pid>> {
    sys::pids()
}

/// [`stat`] for each process that can be read, in ascending order of PIDs. A process that ends
/// while this function reads is left out.
///
/// # Errors
///
/// As for [`pids`].
pub fn processes() -> io::Result<Vec<Stat>> {
    Ok(pids()?.into_iter().filter_map(|pid| stat(pid).ok()).collect())
}

/// The children of all threads of `pid`, zombies among them.
///
/// The list is exact only while none of the children ends: proc_tid_children(5).
///
/// # Errors
///
/// If there is no such process or `/proc` cannot be read; `Unsupported` on other systems than
/// Linux.
pub fn children_of(pid: Pid) -> io::Result<Vec<Pid>> {
    sys::children_of(pid)
}

/// The processes below `root`, each after its parent. Stops early when it has found more than
/// `limit`, because the processes may continue to fork while this function reads.
///
/// # Errors
///
/// If the children of `root` itself cannot be read. A descendant that ends meanwhile is no error.
pub fn descendants(root: Pid, limit: usize) -> io::Result<Vec<Pid>> {
    let mut found = children_of(root)?;
    let mut next = 0;
    while next < found.len() && found.len() <= limit {
        found.extend(children_of(found[next]).unwrap_or_default());
        next += 1;
    }
    Ok(found)
}

/// How many threads this process has.
///
/// # Errors
///
/// Where `/proc` does not show this process, which is the case when it is not mounted, or mounted
/// for another PID namespace; `Unsupported` on other systems than Linux. A number is never guessed.
pub fn thread_count() -> io::Result<usize> {
    sys::thread_count()
}

/// The arguments of the program that `pid` runs, its name first. A zombie, a kernel thread and a
/// process in the middle of an exec have none. A process may have overwritten them.
///
/// # Errors
///
/// As for [`stat`].
pub fn command_line(pid: Pid) -> io::Result<Vec<OsString>> {
    sys::command_line(pid)
}

/// The value of the line `name` of `/proc/PID/status`, without the colon and the blanks around it;
/// `None` if there is no such line, as `VmRSS` of a zombie.
///
/// # Errors
///
/// As for [`stat`].
pub fn status_field(pid: Pid, name: &str) -> io::Result<Option<String>> {
    sys::status_field(pid, name)
}

/// Asks the kernel to send `signal` to this process when its parent ends, however the parent ends.
///
/// More exactly, the signal comes when the *thread* ends that created this process. If the parent
/// ends during this call, the function sends the signal itself. A parent that ended before the
/// call is not noticed: use [`die_with`] where the PID of the parent is known.
///
/// Makes system calls only, so it may be called between `fork` and `exec`. An exec of a
/// set-user-ID program clears the request. On other systems than Linux this does nothing.
///
/// # Errors
///
/// Those of prctl(2), which are not expected for a valid signal.
pub fn die_with_parent(signal: Signal) -> io::Result<()> {
    die_with(nix::unistd::getppid(), signal)
}

/// [`die_with_parent`] for a child that knows which process its parent should be: the one whose
/// PID was read before the fork. If that process has already ended, the signal is sent at once.
///
/// # Errors
///
/// As for [`die_with_parent`], and `ESRCH` if the parent has ended and the signal that this process
/// then sent to itself has not ended it.
pub fn die_with(parent: Pid, signal: Signal) -> io::Result<()> {
    sys::die_with(parent, signal)
}

/// Makes this process the parent of every orphan among its descendants; it then has to wait for
/// them. On other systems than Linux this does nothing, and orphans go to process 1.
///
/// # Errors
///
/// Those of prctl(2): only kernels before 3.4 refuse.
pub fn become_subreaper() -> io::Result<()> {
    sys::become_subreaper()
}
