//! Systems other than Linux.

use std::io;

use nix::sys::signal::{Signal, kill};
use nix::sys::socket::MsgFlags;
use nix::unistd::Pid;

/// Rust's runtime ignores `SIGPIPE`; there is no flag in case the program does not.
pub(crate) const NO_SIGNAL: MsgFlags = MsgFlags::empty();

/// How many threads this process has, from `proc_pidinfo`.
///
/// # Errors
///
/// The system does not say.
#[cfg(target_os = "macos")]
pub(crate) fn count_threads() -> io::Result<usize> {
    use nix::libc;

    // SAFETY: all fields are integers, for which zeroes are valid.
    let mut info: libc::proc_taskinfo = unsafe { std::mem::zeroed() };
    let size = size_of::<libc::proc_taskinfo>() as libc::c_int;
    let to = (&raw mut info).cast();
    // SAFETY: `to` points to as many bytes as `size` says.
    let got = unsafe { libc::proc_pidinfo(libc::getpid(), libc::PROC_PIDTASKINFO, 0, to, size) };
    if got == size { Ok(info.pti_threadnum as usize) } else { Err(io::Error::last_os_error()) }
}

/// # Errors
///
/// Always: the pool does not know how to count threads here.
#[cfg(not(target_os = "macos"))]
pub(crate) fn count_threads() -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Missing here: a busy worker learns of its parent's death when its item is done. It stays in the
/// parent's process group, so that Ctrl-C reaches it.
pub(crate) fn die_with_parent(_: Pid) {}

/// Kills a worker, which has not been waited for yet. What it has started lives on.
pub(crate) fn kill_worker(worker: Pid) {
    let _ = kill(worker, Signal::SIGKILL);
}

/// Missing here, where `getpid` needs no system call.
pub(crate) fn cached_pid() -> Option<Pid> {
    None
}

/// Missing here: a fence for other processes.
pub(crate) fn has_barrier() -> bool {
    false
}

/// Missing here.
pub(crate) fn register_for_barrier() -> bool {
    false
}

/// Missing here.
pub(crate) fn barrier() -> bool {
    false
}
