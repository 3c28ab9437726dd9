//! The C library's functions past the hooks that stand in front of them, and the log that the hooks
//! write to. What the grader does in a process of the case for itself goes this way.

use std::ffi::{CStr, c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering::*};

use libc::{id_t, idtype_t, pid_t, siginfo_t};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

use crate::shared::events::Kind;
use crate::shared::log::SharedLog;

static LOG: AtomicPtr<SharedLog> = AtomicPtr::new(null_mut());

pub(super) static FORK: Real = Real::new(c"fork");
pub(super) static EXIT: Real = Real::new(c"_exit");
pub(super) static KILL: Real = Real::new(c"kill");
pub(super) static WAITPID: Real = Real::new(c"waitpid");
pub(super) static WAITID: Real = Real::new(c"waitid");
#[cfg(target_os = "linux")]
pub(super) static SYSCALL: Real = Real::new(c"syscall");

/// A function of the C library that a hook stands in front of.
pub(super) struct Real {
    name: &'static CStr,
    address: AtomicPtr<c_void>,
}

impl Real {
    pub(super) const fn new(name: &'static CStr) -> Self {
        Real { name, address: AtomicPtr::new(null_mut()) }
    }

    /// Where it is.
    pub(super) fn address(&self) -> *mut c_void {
        let known = self.address.load(Relaxed);
        if !known.is_null() {
            return known;
        }
        // SAFETY: the name ends with a zero byte.
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
        self.address.store(found, Relaxed);
        found
    }

    /// The function, as one of type `F`, which must be the type it has in C.
    pub(super) fn function<F: Copy>(&self) -> F {
        assert!(size_of::<F>() == size_of::<*mut c_void>(), "BUG: not a function pointer");
        let address = self.address();
        assert!(!address.is_null(), "the C library has no such function");
        // SAFETY: the address is that of the C function, and each caller names its type.
        unsafe { std::mem::transmute_copy(&address) }
    }
}

/// From now on, the hooks of this process and its descendants write to this log.
pub(super) fn record_in(log: &'static SharedLog) {
    LOG.store(std::ptr::from_ref(log).cast_mut(), Release);
}

/// Does `work`, whose calls are the grader's own: the hooks record none of them, and no planted rule
/// meets them.
pub(super) fn unrecorded<R>(work: impl FnOnce() -> R) -> R {
    let log = LOG.swap(null_mut(), AcqRel);
    let result = work();
    LOG.store(log, Release);
    result
}

/// The log, if the hooks are to write to one.
pub(super) fn log() -> Option<&'static SharedLog> {
    // SAFETY: null, or a log that is never unmapped.
    unsafe { LOG.load(Acquire).as_ref() }
}

pub(super) fn own_pid() -> pid_t {
    own().as_raw()
}

/// This process, past the hooks of `getpid` and `syscall`.
#[cfg(target_os = "linux")]
pub(crate) fn own() -> Pid {
    let real: extern "C" fn(libc::c_long) -> libc::c_long = SYSCALL.function();
    Pid::from_raw(real(libc::SYS_getpid) as pid_t)
}

/// This process.
#[cfg(not(target_os = "linux"))]
pub(crate) fn own() -> Pid {
    Pid::this()
}

/// Ends the process at once, unrecorded and without running anything.
pub(crate) fn exit_unrecorded(status: c_int) -> ! {
    let real: extern "C" fn(c_int) -> ! = EXIT.function();
    real(status)
}

/// Ends the process at once with this status, without running anything.
pub(super) fn exit_now(status: c_int) -> ! {
    if let Some(log) = log() {
        log.record(own_pid(), Kind::Exit { status });
    }
    exit_unrecorded(status)
}

/// Ends the process by `signal`, which must be one that it does not handle.
pub(super) fn die_of(signal: Signal) -> ! {
    receive(signal);
    exit_now(128 + signal as c_int) // it is handled, ignored or blocked
}

/// Sends `signal` to this process, as another one could, unrecorded.
pub(super) fn receive(signal: Signal) {
    let real: extern "C" fn(pid_t, c_int) -> c_int = KILL.function();
    real(own_pid(), signal as c_int);
}

/// Creates a child without recording or counting it.
pub(super) fn fork_unrecorded() -> pid_t {
    let real: extern "C" fn() -> pid_t = FORK.function();
    real()
}

/// `waitpid`, unrecorded. The status is the raw one.
pub(crate) fn wait_unrecorded(pid: pid_t, options: c_int) -> nix::Result<(pid_t, c_int)> {
    let mut status = 0;
    let reaped = real_waitpid(pid, &mut status, options);
    Errno::result(reaped).map(|reaped| (reaped, status))
}

/// Whether the child `pid` has ended; it stays as it is. With `sleeps`, waits until it has.
pub(crate) fn look_at_child(pid: pid_t, sleeps: bool) -> nix::Result<bool> {
    let info = look(pid, libc::WEXITED | if sleeps { 0 } else { libc::WNOHANG })?;
    // SAFETY: waitid has filled in the fields of SIGCHLD, or left them zero.
    Ok(unsafe { info.si_pid() } != 0)
}

/// Waits until the child `pid` has stopped or ended, and says whether it has ended.
pub(crate) fn ends_instead_of_stopping(pid: pid_t) -> nix::Result<bool> {
    let info = look(pid, libc::WEXITED | libc::WSTOPPED)?;
    Ok(info.si_code != libc::CLD_STOPPED)
}

fn look(pid: pid_t, options: c_int) -> nix::Result<siginfo_t> {
    let real: extern "C" fn(idtype_t, id_t, *mut siginfo_t, c_int) -> c_int = WAITID.function();
    // SAFETY: zeroes are valid for a structure of integers and pointers that are not followed.
    let mut info: siginfo_t = unsafe { std::mem::zeroed() };
    let options = options | libc::WNOWAIT;
    Errno::result(real(libc::P_PID, pid.cast_unsigned(), &raw mut info, options))?;
    Ok(info)
}

/// The function itself.
pub(super) fn real_waitpid(pid: pid_t, status: *mut c_int, options: c_int) -> pid_t {
    let real: extern "C" fn(pid_t, *mut c_int, c_int) -> pid_t = WAITPID.function();
    real(pid, status, options)
}
