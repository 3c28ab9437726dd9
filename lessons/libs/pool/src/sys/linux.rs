//! Linux.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::errno::Errno;
use nix::libc;
use nix::sched::{CloneFlags, unshare};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::sys::socket::MsgFlags;
use nix::unistd::{Pid, getpid, setpgid};

/// A dead worker shall be an error, not a signal that ends the parent.
pub(crate) const NO_SIGNAL: MsgFlags = MsgFlags::MSG_NOSIGNAL;

/// How many threads this process has. A system call tells one from several, in a tenth of the time that
/// reading `/proc` takes, and also where `/proc` is hidden.
///
/// # Errors
///
/// Neither is allowed here.
pub(crate) fn count_threads() -> io::Result<usize> {
    // It does nothing in a process with one thread, and fails in others (`man 2 unshare`).
    match unshare(CloneFlags::CLONE_THREAD) {
        Ok(()) => Ok(1),
        Err(Errno::EINVAL) => Ok(procinfo::thread_count().unwrap_or(2)),
        // A sandbox may forbid the call.
        Err(_) => procinfo::thread_count(),
    }
}

/// In a new worker: becomes the leader of a group, to which whatever it starts will belong, and has
/// the whole group killed when the parent's thread that forked it ends.
///
/// A busy worker does not look at its socket and would outlive a killed parent until its item is
/// done (`man 2 PR_SET_PDEATHSIG`). A signal that kills the worker alone would leave its children; so
/// it is one that the worker catches.
pub(crate) fn die_with_parent(parent: Pid) {
    let leads = setpgid(Pid::from_raw(0), Pid::from_raw(0)).is_ok();
    let handler = SigHandler::Handler(kill_own_group);
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SIGURG: ignored by default, so what the function starts by `exec` is not hurt by a stray one.
    // SAFETY: the handler calls `kill` only, which is async-signal-safe.
    let caught = unsafe { sigaction(Signal::SIGURG, &action) };
    let signal = if leads && caught.is_ok() { Signal::SIGURG } else { Signal::SIGKILL };
    // If the parent has died before that, the signal comes at once. If it cannot be asked for, a busy
    // worker ends after its item.
    let _ = procinfo::die_with(parent, signal);
}

extern "C" fn kill_own_group(_: libc::c_int) {
    // Its own group, and no other that the function may have joined.
    kill_worker(getpid());
}

/// Kills a worker, which has not been waited for yet, and all that it has started.
pub(crate) fn kill_worker(worker: Pid) {
    // The group may not exist yet, or the function may have left it.
    let _ = kill(Pid::from_raw(-worker.as_raw()), Signal::SIGKILL);
    let _ = kill(worker, Signal::SIGKILL);
}

/// This process's PID, kept in memory that the kernel wipes in each child (`MADV_WIPEONFORK` in
/// `man 2 madvise`): a load instead of a system call. `None` if the kernel cannot.
#[inline]
pub(crate) fn cached_pid() -> Option<Pid> {
    static MEMORY: OnceLock<Option<&'static AtomicI32>> = OnceLock::new();
    let memory = (*MEMORY.get_or_init(wiped_on_fork))?;
    let cached = memory.load(Ordering::Relaxed);
    if cached != 0 {
        return Some(Pid::from_raw(cached));
    }
    let pid = getpid();
    memory.store(pid.as_raw(), Ordering::Relaxed);
    Some(pid)
}

fn wiped_on_fork() -> Option<&'static AtomicI32> {
    use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};

    const SIZE: std::num::NonZeroUsize = std::num::NonZeroUsize::new(4096).expect("BUG: 4096 is 0");
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: new memory at an address of the kernel's choice overlaps nothing.
    let memory = unsafe { mmap_anonymous(None, SIZE, access, MapFlags::MAP_PRIVATE) }.ok()?;
    // SAFETY: the memory was mapped above, with this size.
    let advised = unsafe { libc::madvise(memory.as_ptr(), SIZE.get(), libc::MADV_WIPEONFORK) };
    // SAFETY: it is large enough, aligned, zeroed, used as this atomic only, and never unmapped.
    (advised == 0).then(|| unsafe { memory.cast::<AtomicI32>().as_ref() })
}

fn membarrier(command: libc::c_int) -> libc::c_long {
    // SAFETY: these commands take no pointers and change no memory.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0_u32, 0_i32) }
}

/// Whether [`barrier`] works here.
pub(crate) fn has_barrier() -> bool {
    let both =
        libc::MEMBARRIER_CMD_GLOBAL_EXPEDITED | libc::MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED;
    let offered = membarrier(libc::MEMBARRIER_CMD_QUERY);
    offered >= 0 && offered & libc::c_long::from(both) == libc::c_long::from(both)
}

/// From now on [`barrier`] is a fence for this process. Whether that worked.
pub(crate) fn register_for_barrier() -> bool {
    membarrier(libc::MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) == 0
}

/// A fence for each process that has registered. Whether that worked.
pub(crate) fn barrier() -> bool {
    membarrier(libc::MEMBARRIER_CMD_GLOBAL_EXPEDITED) == 0
}

/// One descriptor that is readable when one of many is.
pub(crate) struct AnyReadable(Epoll);

impl AnyReadable {
    pub(crate) fn new() -> nix::Result<Self> {
        Ok(AnyReadable(Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?))
    }

    /// From now on it is readable when `fd` is, until that is closed.
    pub(crate) fn add(&self, fd: impl AsFd) -> nix::Result<()> {
        self.0.add(fd, EpollEvent::new(EpollFlags::EPOLLIN, 0))
    }
}

impl AsFd for AnyReadable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.0.as_fd()
    }
}
