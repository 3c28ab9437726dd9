//! What the pool asks of the system beyond forks and sockets, and what only some systems have.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Deref;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

use nix::libc;
use nix::sys::socket::{MsgFlags, send};

thread_local! {
    /// The parent's ends of all workers' sockets, of every pool of this process.
    static PARENT_ENDS: RefCell<BTreeSet<RawFd>> = const { RefCell::new(BTreeSet::new()) };
}

/// The parent's end of a worker's socket.
///
/// A worker must not have a copy of another worker's: that one would never see end-of-file, and
/// outlive a killed parent. So every worker begins by closing all of them.
pub(crate) struct ParentEnd(UnixStream);

impl ParentEnd {
    pub(crate) fn new(stream: UnixStream) -> io::Result<Self> {
        // The parent waits in one place only, in `poll`; nowhere else may it be kept waiting.
        stream.set_nonblocking(true)?;
        PARENT_ENDS.with_borrow_mut(|ends| ends.insert(stream.as_raw_fd()));
        Ok(ParentEnd(stream))
    }

    /// Sends what the socket takes at once, and says how much that was.
    pub(crate) fn send(&self, bytes: &[u8]) -> nix::Result<usize> {
        send(self.0.as_raw_fd(), bytes, NO_SIGNAL)
    }
}

impl Deref for ParentEnd {
    type Target = UnixStream;

    fn deref(&self) -> &UnixStream {
        &self.0
    }
}

impl Drop for ParentEnd {
    fn drop(&mut self) {
        PARENT_ENDS.with_borrow_mut(|ends| ends.remove(&self.0.as_raw_fd()));
    }
}

/// In a new worker: closes its copies of the parent's ends.
pub(crate) fn close_parent_ends() {
    for end in PARENT_ENDS.take() {
        // SAFETY: the stream that owns the descriptor is the parent's; its copy here is never
        // used or dropped, because a worker never returns to the parent's code.
        unsafe { libc::close(end) };
    }
}

/// Ends this worker at once.
///
/// `_exit` runs no destructors and no exit handlers: they are copies of the parent's and would
/// delete its temporary files. Only what the worker itself has printed must not get lost.
pub(crate) fn leave(code: i32) -> ! {
    let _ = io::stdout().flush();
    // SAFETY: `_exit` may be called anywhere.
    unsafe { libc::_exit(code) }
}

/// A dead worker shall be an error, not a signal that ends the parent.
#[cfg(target_os = "linux")]
const NO_SIGNAL: MsgFlags = MsgFlags::MSG_NOSIGNAL;

/// Rust's runtime ignores `SIGPIPE`; this system has no flag in case the program does not.
#[cfg(not(target_os = "linux"))]
const NO_SIGNAL: MsgFlags = MsgFlags::empty();

/// In a new worker: asks to be killed when the parent's thread that forked it ends.
///
/// A busy worker does not look at its socket and would outlive a killed parent until its item is
/// done. See `man 2 PR_SET_PDEATHSIG`.
#[cfg(target_os = "linux")]
pub(crate) fn die_with_parent(parent: nix::unistd::Pid) {
    use nix::sys::{prctl, signal::Signal};

    let asked = prctl::set_pdeathsig(Signal::SIGKILL);
    // The parent may have died before the question: then another process has adopted this one.
    if asked.is_ok() && nix::unistd::getppid() != parent {
        leave(0);
    }
}

/// Linux only. Elsewhere a busy worker learns of its parent's death when its item is done.
#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_parent(_: nix::unistd::Pid) {}

/// How many threads this process has: as many as folders in `/proc/self/task`
/// (`man 5 proc_pid_task`).
#[cfg(target_os = "linux")]
pub(crate) fn count_threads() -> io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

/// Linux only. Elsewhere the pool relies on its documentation having been read.
#[cfg(not(target_os = "linux"))]
pub(crate) fn count_threads() -> io::Result<usize> {
    Ok(1)
}
