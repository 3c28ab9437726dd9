//! Systems other than Linux: the hooks are the only guard, and no process is looked at from
//! outside.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use nix::unistd::Pid;

use crate::case::containment::Containment;

/// What is not available on this system.
pub(crate) const MISSING: &str = "\
    Note: this is not Linux. Orphans are not found. A deadlock is reported only after the time\n\
    limit, without a process tree, and only the functions fork and kill are counted and guarded.\n";

/// Nothing like it: a run goes on to its end when cargo is killed.
pub(crate) fn end_with_cargo() {}

/// Closes the descriptors that a process usually has.
pub(crate) fn close_all_but_standard() {
    for descriptor in 3..256 {
        // SAFETY: takes a number only. Whatever owned it is not used any more.
        unsafe { libc::close(descriptor) };
    }
}

/// Closes the descriptors that a process usually has.
pub(crate) fn close_all() {
    close_all_but_standard();
    for descriptor in 0..3 {
        // SAFETY: takes a number only. This process uses no descriptor any more.
        unsafe { libc::close(descriptor) };
    }
}

/// Nothing like it.
pub(crate) fn hide_from_the_case() {}

/// Nothing like it.
pub(crate) fn show_to_the_supervisor() {}

/// There are no namespaces.
pub(crate) fn mount_own_proc() -> nix::Result<()> {
    Err(nix::errno::Errno::ENOSYS)
}

/// Nothing like it.
pub(crate) fn prefer_when_memory_is_short() {}

/// The time on a clock that only goes forward.
pub(crate) fn clock() -> Duration {
    let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC);
    time.map_or(Duration::ZERO, Duration::from)
}

/// The program that is running.
pub(crate) fn this_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// There are no namespaces in which it could be another one.
pub(crate) fn own_pid(pid: Pid) -> Option<Pid> {
    Some(pid)
}

/// There are none.
pub(crate) fn enter_namespace() -> Result<Containment, String> {
    Err("this system has no PID namespaces".into())
}

/// The open descriptors of this process among those that a process usually has.
pub(crate) fn open_descriptors() -> BTreeMap<i32, String> {
    // SAFETY: reads the flags of a number that may or may not be a descriptor.
    let is_open = |descriptor: &i32| unsafe { libc::fcntl(*descriptor, libc::F_GETFD) } != -1;
    (0..256).filter(is_open).map(|descriptor| (descriptor, "open".to_owned())).collect()
}

/// They cannot be counted.
pub(crate) fn threads() -> (usize, bool) {
    (0, false)
}

/// Nothing that is not looked at everywhere.
pub(crate) fn settings() -> Vec<(String, String)> {
    Vec::new()
}

/// There is no value of this type.
pub(crate) enum ForkNotifier {}

/// What a process asks for.
pub(crate) struct Notification {
    pub(crate) pid: i32,
    pub(crate) request: Request,
}

#[expect(dead_code, reason = "no process is stopped here")]
pub(crate) enum Request {
    Fork,
    Thread,
    Unknown,
    Signal { target: i32, signal: i32 },
}

impl ForkNotifier {
    pub(crate) fn install(_protected: Option<&[Pid]>) -> io::Result<OwnedFd> {
        let why = "this system has no system call filters that can ask a supervisor";
        Err(io::Error::new(io::ErrorKind::Unsupported, why))
    }

    pub(crate) fn hand_over(
        _listener: Option<&OwnedFd>,
        _supervisor: &UnixStream,
    ) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn receive(_init: &UnixStream) -> io::Result<Option<ForkNotifier>> {
        Ok(None)
    }

    pub(crate) fn next(&self) -> Option<Notification> {
        match *self {}
    }

    pub(crate) fn allow(&self, _notification: &Notification) {
        match *self {}
    }

    pub(crate) fn deny_call(&self, _notification: &Notification) {
        match *self {}
    }

    pub(crate) fn refuse(&self, _notification: &Notification) {
        match *self {}
    }
}

impl AsFd for ForkNotifier {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match *self {}
    }
}

/// What [`freeze_identity`] returns.
#[derive(Debug)]
#[must_use = "on Linux, the numbers change again when this value is dropped"]
pub struct Frozen(());

/// Freezes PIDs and clocks on Linux. Here it does nothing, so a check that relies on it finds less.
pub fn freeze_identity() -> Frozen {
    Frozen(())
}

/// What [`hold_up_threads`] returns.
#[derive(Debug)]
#[must_use = "on Linux, threads are held up only as long as this value lives"]
pub struct HeldUp(());

/// Holds threads up on Linux. Here it does nothing.
pub fn hold_up_threads() -> HeldUp {
    HeldUp(())
}

impl HeldUp {
    /// No thread is held up.
    pub fn count(&self) -> usize {
        0
    }
}
