//! The test binary's own `fork`, `waitpid`, `_exit`, `kill` and some more. The linker takes the
//! executable's definition before the C library's, so the learner's calls come through here, by
//! nix, libc or std alike. Each records in the shared log what happens, and calls the real one.
//! Until [`install`] has been called they do nothing else.
//!
//! They do not see what a program does after `exec`, system calls without the C library, and
//! processes that std's `Command` starts; for those the supervisor looks into /proc.

use std::ffi::{c_int, c_uint};
use std::sync::atomic::{AtomicI32, Ordering::*};

#[cfg(target_os = "linux")]
use libc::{clockid_t, sigevent, timer_t};
use libc::{itimerval, pid_t};
use nix::errno::Errno;

use super::plan::{PLAN, Plan};
use super::planted::{Verb, before};
use super::real::{EXIT, FORK, KILL, Real, WAITID, WAITPID, exit_now, log, own_pid, record_in};
use crate::shared::events::Kind;
use crate::shared::log::SharedLog;
use crate::shared::rule::Call;

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod cycles;
mod forks;
#[cfg(target_os = "linux")]
mod frozen_files;
#[cfg(target_os = "linux")]
mod identity;
#[cfg(target_os = "linux")]
mod raw;
#[cfg(target_os = "linux")]
mod reads;
#[cfg(target_os = "linux")]
mod threads;
mod waits;

#[cfg(target_os = "linux")]
pub use identity::{Frozen, freeze_identity};
#[cfg(target_os = "linux")]
pub use threads::{HeldUp, hold_up_threads};

static LIBRARY_EXIT: Real = Real::new(c"exit");
static ALARM: Real = Real::new(c"alarm");
static SETITIMER: Real = Real::new(c"setitimer");
#[cfg(target_os = "linux")]
static TIMER_CREATE: Real = Real::new(c"timer_create");

/// Finds the functions that the hooks stand in front of.
pub(crate) fn look_up_all() {
    for real in [
        &FORK,
        &WAITPID,
        &WAITID,
        &EXIT,
        &LIBRARY_EXIT,
        &KILL,
        &ALARM,
        &SETITIMER,
        &forks::POSIX_SPAWNP,
    ] {
        real.address(); // looked up now, because dlsym is not safe in a forked child
    }
    #[cfg(target_os = "linux")]
    {
        TIMER_CREATE.address();
        calls::look_up_all();
        identity::look_up_all();
        raw::look_up_all();
    }
}

/// Records from now on, in this process and its descendants.
pub(crate) fn install(log: &'static SharedLog, plan: Plan) {
    look_up_all();
    let _ = PLAN.set(plan);
    record_in(log);
    // SAFETY: `at_exit` is a function of the program, which lives as long as the process.
    unsafe { libc::atexit(at_exit) };
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
