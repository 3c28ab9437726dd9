//! Whether a parked call could return now, found out without letting it go: with a copy of the
//! process's descriptor, or by asking the kernel about it.

use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, Flock, FlockArg, fcntl};
use nix::poll::PollFlags;

use super::touch::candidates;
use crate::calls::call::{Call, Limit, LockKind};
use crate::family::file::{self, Kind};
use crate::family::{Family, Parked, Process};
use crate::name::Name;
use crate::sys;

/// Whether the call could return now, if no signal interrupts it.
pub(crate) fn could_return(
    family: &Family,
    name: &Name,
    process: &Process,
    parked: &Parked,
) -> bool {
    match &parked.call {
        Call::Wait { which, nohang, .. } => {
            let mut left = candidates(family, name, *which).peekable();
            *nohang || left.peek().is_none() || left.any(|(_, child)| child.has_ended())
        }
        Call::Read { fd, .. } => could_move(process, parked, *fd, PollFlags::POLLIN),
        Call::Write { fd, .. } => could_move(process, parked, *fd, PollFlags::POLLOUT),
        Call::Socket { fd, writes } => {
            let waits = !matches!(parked.name, "connect" | "bind" | "listen" | "shutdown");
            let events = if *writes { PollFlags::POLLOUT } else { PollFlags::POLLIN };
            !waits || could_move(process, parked, *fd, events)
        }
        Call::Poll { fds, limit, mask } => {
            let signalled = mask.is_some_and(|mask| process.signals().deliverable_with(mask));
            *limit == Limit::NotAtAll
                || signalled
                || fds.iter().any(|(fd, events)| is_ready(process, *fd, *events))
        }
        Call::Pause { mask } => mask.is_some_and(|mask| process.signals().deliverable_with(mask)),
        Call::TimedWait { signals, limit } => {
            *limit == Limit::NotAtAll || process.signals().any_pending(*signals)
        }
        Call::Lock { fd, lock, waits: true } => could_lock(process, *fd, *lock),
        _ => true,
    }
}

/// Whether bytes could be read or written without waiting; also if that would fail at once.
fn could_move(process: &Process, parked: &Parked, fd: i32, events: PollFlags) -> bool {
    let waits = |kind| matches!(kind, Kind::Pipe | Kind::Socket | Kind::Signals | Kind::Other);
    if !parked.files.iter().any(|file| waits(file.kind)) {
        return true;
    }
    let Ok(copy) = process.handle.descriptor(fd) else { return true };
    let flags = fcntl(&copy, FcntlArg::F_GETFL).unwrap_or(0);
    flags & libc::O_NONBLOCK != 0 || sys::ready(copy.as_fd(), events) || has_signals(process, fd)
}

/// Whether a signal can be read from a descriptor. The kernel tells each process of its own signals
/// only, so a copy of the descriptor would not do.
fn has_signals(process: &Process, fd: i32) -> bool {
    let watched = file::watched(process.pid, fd).into_iter();
    let all = std::iter::once(fd).chain(watched);
    let signals = all.fold(0, |all, fd| all | file::signals(process.pid, fd));
    signals != 0 && process.signals().any_pending(signals)
}

fn is_ready(process: &Process, fd: i32, events: PollFlags) -> bool {
    let is_ready = |copy: std::os::fd::OwnedFd| sys::ready(copy.as_fd(), events);
    process.handle.descriptor(fd).is_ok_and(is_ready)
        || (events.contains(PollFlags::POLLIN) && has_signals(process, fd))
}

/// Tries the lock with a descriptor of our own, so that nothing changes for the program.
fn could_lock(process: &Process, fd: i32, lock: LockKind) -> bool {
    match lock {
        LockKind::Flock { exclusive } => {
            let own = format!("/proc/{}/fdinfo/{fd}", process.pid);
            let own = std::fs::read_to_string(own).unwrap_or_default();
            if own.contains("FLOCK") {
                return true; // it has a lock already, and changes its kind
            }
            let kind = FlockArg::LockExclusiveNonblock;
            let kind = if exclusive { kind } else { FlockArg::LockSharedNonblock };
            let file = std::fs::File::open(format!("/proc/{}/fd/{fd}", process.pid));
            file.is_ok_and(|file| Flock::lock(file, kind).is_ok())
        }
        LockKind::Range { address } => could_lock_range(process, fd, address),
        LockKind::Unlock => true,
    }
}

/// `F_GETLK` reports a conflicting lock, with the PID of its holder.
fn could_lock_range(process: &Process, fd: i32, address: u64) -> bool {
    let Ok(copy) = process.handle.descriptor(fd) else { return true };
    let bytes = sys::read_memory(process.pid, address, size_of::<libc::flock>());
    if bytes.len() != size_of::<libc::flock>() {
        return true;
    }
    // SAFETY: the bytes are as many as the struct has, and all its fields are numbers.
    let mut lock: libc::flock = unsafe { std::ptr::read_unaligned(bytes.as_ptr().cast()) };
    match fcntl(&copy, FcntlArg::F_GETLK(&mut lock)) {
        Ok(_) => {
            lock.l_type == libc::F_UNLCK as libc::c_short || lock.l_pid == process.pid.as_raw()
        }
        Err(_) => true,
    }
}
