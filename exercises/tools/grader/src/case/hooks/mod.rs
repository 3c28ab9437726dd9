//! The test binary's own `fork`, `waitpid`, `_exit`, `kill` and some more. The linker takes the
//! executable's definition before the C library's, so the learner's calls come through here, by
//! nix, libc or std alike. Each records in the shared log what happens, and calls the real one.
//! Until [`install`] has been called they do nothing else.
//!
//! They do not see what a program does after `exec`, system calls without the C library, and
//! processes that std's `Command` starts; for those the supervisor looks into /proc.

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering::*};

#[cfg(target_os = "linux")]
use libc::{clockid_t, sigevent, timer_t};
use libc::{itimerval, pid_t};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

use super::family;
use super::planted::{Verb, before};
use crate::check::Check;
use crate::plant::Call;
use crate::shared::events::Kind;
use crate::shared::log::SharedLog;

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod identity;
#[cfg(target_os = "linux")]
mod raw;
#[cfg(target_os = "linux")]
mod reads;
mod waits;

#[cfg(target_os = "linux")]
pub use identity::{Frozen, freeze_identity};
pub(super) use waits::look_at_child;
pub(crate) use waits::wait_unrecorded;
use waits::{WAITID, WAITPID};

static LOG: AtomicPtr<SharedLog> = AtomicPtr::new(null_mut());

static FORK: Real = Real::new(c"fork");
static EXIT: Real = Real::new(c"_exit");
static LIBRARY_EXIT: Real = Real::new(c"exit");
static KILL: Real = Real::new(c"kill");
static ALARM: Real = Real::new(c"alarm");
static SETITIMER: Real = Real::new(c"setitimer");
#[cfg(target_os = "linux")]
static TIMER_CREATE: Real = Real::new(c"timer_create");

/// What the hooks do beside recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// After this many calls, fork fails.
    fork_fails_after: u32,
    /// Where no fork notifier counts, a process stops at its fork when this many are alive.
    processes_allowed: u32,
}

impl Plan {
    pub(super) fn of(check: &Check, notified: bool) -> Plan {
        Plan {
            fork_fails_after: check.wanted.fork_fails_after.unwrap_or(u32::MAX),
            processes_allowed: if notified { u32::MAX } else { check.limits.processes },
        }
    }
}

static PLAN: OnceLock<Plan> = OnceLock::new();

/// Records from now on, in this process and its descendants.
pub(crate) fn install(log: &'static SharedLog, plan: Plan) {
    for real in [&FORK, &WAITPID, &WAITID, &EXIT, &LIBRARY_EXIT, &KILL, &ALARM, &SETITIMER] {
        real.address(); // looked up now, because dlsym is not safe in a forked child
    }
    #[cfg(target_os = "linux")]
    {
        TIMER_CREATE.address();
        calls::look_up_all();
        identity::look_up_all();
        raw::look_up_all();
    }
    let _ = PLAN.set(plan);
    LOG.store(std::ptr::from_ref(log).cast_mut(), Release);
    // SAFETY: `at_exit` is a function of the program, which lives as long as the process.
    unsafe { libc::atexit(at_exit) };
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
    let real: extern "C" fn(pid_t, c_int) -> c_int = KILL.function();
    real(own_pid(), signal as c_int);
    exit_now(128 + signal as c_int) // it is handled, ignored or blocked
}

/// Creates a child without recording or counting it.
pub(super) fn fork_unrecorded() -> pid_t {
    let real: extern "C" fn() -> pid_t = FORK.function();
    real()
}

/// The process has asked whether something has happened, without waiting for it, and nothing had.
fn note_vain_question() {
    if let Some(log) = log() {
        log.asked_in_vain(own_pid());
    }
}

/// A function of the C library that a hook stands in front of.
struct Real {
    name: &'static CStr,
    address: AtomicPtr<c_void>,
}

impl Real {
    const fn new(name: &'static CStr) -> Self {
        Real { name, address: AtomicPtr::new(null_mut()) }
    }

    fn address(&self) -> *mut c_void {
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
    fn function<F: Copy>(&self) -> F {
        assert!(size_of::<F>() == size_of::<*mut c_void>(), "BUG: not a function pointer");
        let address = self.address();
        assert!(!address.is_null(), "the C library has no such function");
        // SAFETY: the address is that of the C function, and each caller names its type.
        unsafe { std::mem::transmute_copy(&address) }
    }
}

pub(super) fn log() -> Option<&'static SharedLog> {
    // SAFETY: null, or a log that is never unmapped.
    unsafe { LOG.load(Acquire).as_ref() }
}

pub(super) fn own_pid() -> pid_t {
    own().as_raw()
}

/// This process, past the hook of `getpid`.
#[cfg(target_os = "linux")]
pub(crate) fn own() -> Pid {
    // SAFETY: takes nothing and cannot fail.
    Pid::from_raw(unsafe { libc::syscall(libc::SYS_getpid) } as pid_t)
}

/// This process.
#[cfg(not(target_os = "linux"))]
pub(crate) fn own() -> Pid {
    Pid::this()
}

/// The argument of `exit`, for [`at_exit`], which is not told.
static STATUS: AtomicI32 = AtomicI32::new(0);

/// `process::exit` and a return from `main` come through here, in children too.
extern "C" fn at_exit() {
    if let Some(log) = log() {
        log.record(own_pid(), Kind::Exit { status: STATUS.load(Relaxed) & 0xff });
    }
}

// SAFETY: has the type and the meaning of the C library's `exit`.
#[unsafe(no_mangle)]
extern "C" fn exit(status: c_int) -> ! {
    before(Call::Exit, None);
    STATUS.store(status, Relaxed);
    let real: extern "C" fn(c_int) -> ! = LIBRARY_EXIT.function();
    real(status)
}

// SAFETY: has the type and the meaning of the C library's `fork`.
#[unsafe(no_mangle)]
extern "C" fn fork() -> pid_t {
    let real: extern "C" fn() -> pid_t = FORK.function();
    forking(|| real())
}

/// Creates a process by `real`, in whatever way, and records it.
fn forking(real: impl FnOnce() -> pid_t) -> pid_t {
    let Some(log) = log() else { return real() };
    let parent = own_pid();
    if before(Call::Fork, None) == Verb::Fail {
        log.record(parent, Kind::ForkFailed {});
        return -1;
    }
    if PLAN.get().is_some_and(|plan| log.forks() >= plan.fork_fails_after) {
        log.record(parent, Kind::ForkFailed {});
        Errno::EAGAIN.set();
        return -1;
    }
    if PLAN.get().is_some_and(|plan| log.alive() >= plan.processes_allowed) {
        stop_forking(log, parent);
    }
    log.fork_begins();
    let by_test_process = log.test_process().is_some_and(|pid| pid.as_raw() == parent);
    let before = family::forked();
    let result = real();
    match result {
        0 => {
            family::is_born(by_test_process, before);
            log.record(own_pid(), Kind::Fork { parent });
        }
        -1 => log.fork_failed(Errno::last() == Errno::EAGAIN),
        child => {
            family::has_forked();
            log.record(child, Kind::Forked { parent });
        }
    }
    result
}

/// This process does not fork any more, nor anything else: the supervisor will stop all of them. It
/// waits a moment, to see which other processes ask for a fork.
fn stop_forking(log: &SharedLog, pid: pid_t) -> ! {
    log.stop(pid);
    loop {
        nix::unistd::pause();
    }
}

// SAFETY: has the type and the meaning of the C library's `_exit`.
#[unsafe(no_mangle)]
extern "C" fn _exit(status: c_int) -> ! {
    before(Call::Exit, None);
    exit_now(status & 0xff)
}

/// Refuses to signal every process, and the one that supervises the case. All else is the
/// learner's own business.
// SAFETY: has the type and the meaning of the C library's `kill`.
#[unsafe(no_mangle)]
extern "C" fn kill(pid: pid_t, signal: c_int) -> c_int {
    if before(Call::Kill, None) == Verb::Fail {
        return -1;
    }
    let real: extern "C" fn(pid_t, c_int) -> c_int = KILL.function();
    if let Some(log) = log()
        && (pid == 0 || pid.abs() == own_pid())
    {
        log.record(own_pid(), Kind::SignalledItself { signal });
    }
    let refusing = log().filter(|log| pid == -1 || pid == log.init().as_raw());
    let Some(log) = refusing.filter(|_| signal != 0) else { return real(pid, signal) };
    log.record(own_pid(), Kind::SignalRefused { target: pid, signal });
    Errno::EPERM.set();
    -1
}

/// A process with a timer is not hanging, whatever it waits for.
// SAFETY: has the type and the meaning of the C library's `alarm`.
#[unsafe(no_mangle)]
extern "C" fn alarm(seconds: c_uint) -> c_uint {
    note_timer();
    let real: extern "C" fn(c_uint) -> c_uint = ALARM.function();
    real(seconds)
}

// SAFETY: has the type and the meaning of the C library's `setitimer`.
#[unsafe(no_mangle)]
extern "C" fn setitimer(which: c_int, new: *const itimerval, old: *mut itimerval) -> c_int {
    note_timer();
    let real: extern "C" fn(c_int, *const itimerval, *mut itimerval) -> c_int =
        SETITIMER.function();
    real(which, new, old)
}

// SAFETY: has the type and the meaning of the C library's `timer_create`.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
extern "C" fn timer_create(clock: clockid_t, event: *mut sigevent, timer: *mut timer_t) -> c_int {
    note_timer();
    let real: extern "C" fn(clockid_t, *mut sigevent, *mut timer_t) -> c_int =
        TIMER_CREATE.function();
    real(clock, event, timer)
}

fn note_timer() {
    if let Some(log) = log() {
        log.timer_set();
    }
}
