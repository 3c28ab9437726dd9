//! The hook of `fork`, and what every way to create a process has in common.

use std::ffi::{c_char, c_int};

use libc::{pid_t, posix_spawn_file_actions_t, posix_spawnattr_t};
use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};

use crate::case::family;
use crate::case::plan::{PLAN, in_a_search};
use crate::case::planted::{Verb, before};
use crate::case::real::{FORK, Real, log, own_pid};
use crate::shared::events::Kind;
use crate::shared::log::SharedLog;
use crate::shared::rule::Call;

type PosixSpawn = unsafe extern "C" fn(
    *mut pid_t,
    *const c_char,
    *const posix_spawn_file_actions_t,
    *const posix_spawnattr_t,
    *const *mut c_char,
    *const *mut c_char,
) -> c_int;

pub(super) static POSIX_SPAWNP: Real = Real::new(c"posix_spawnp");

// SAFETY: has the type and the meaning of the C library's `fork`.
#[unsafe(no_mangle)]
extern "C" fn fork() -> pid_t {
    let real: extern "C" fn() -> pid_t = FORK.function();
    forking(|| real())
}

/// std's `Command` creates its process by this function, or by `fork`. The fork notifier counts it;
/// here it is only refused where a fork is to fail.
// SAFETY: has the type and the meaning of the C library's `posix_spawnp`.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_spawnp(
    pid: *mut pid_t,
    file: *const c_char,
    actions: *const posix_spawn_file_actions_t,
    attributes: *const posix_spawnattr_t,
    arguments: *const *mut c_char,
    environment: *const *mut c_char,
) -> c_int {
    if let Some(log) = log()
        && before(Call::Fork, None) == Verb::Fail
    {
        log.record(own_pid(), Kind::ForkFailed {});
        return Errno::last_raw();
    }
    let real: PosixSpawn = POSIX_SPAWNP.function();
    // SAFETY: the caller keeps to the contract of this function, which is the same.
    unsafe { real(pid, file, actions, attributes, arguments, environment) }
}

/// Creates a process by `real`, in whatever way, and records it.
pub(super) fn forking(real: impl FnOnce() -> pid_t) -> pid_t {
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
    // A search sees each change of the mask as a step, and knows a call that begins anew.
    let result = if in_a_search() { real() } else { uninterrupted(real) };
    match result {
        0 => {
            family::is_born(by_test_process, before);
            log.record(own_pid(), Kind::Fork { parent });
        }
        -1 if in_a_search() => {
            log.record(parent, Kind::ForkFailed {});
            log.fork_failed(false);
        }
        -1 => log.fork_failed(Errno::last() == Errno::EAGAIN),
        child => {
            family::has_forked();
            log.record(child, Kind::Forked { parent });
        }
    }
    result
}

/// Calls `real` while no signal can be delivered. The kernel gives up a fork when a signal is pending,
/// and calls it again after the handler (ERESTARTNOINTR, `copy_process` in kernel/fork.c). The fork
/// notifier would see two requests for one child.
fn uninterrupted(real: impl FnOnce() -> pid_t) -> pid_t {
    let mut mask = SigSet::empty();
    let _ = pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&SigSet::all()), Some(&mut mask));
    let result = real();
    let error = Errno::last();
    let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&mask), None);
    error.set(); // a handler may have run just now
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
