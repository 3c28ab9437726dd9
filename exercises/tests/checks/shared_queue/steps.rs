//! Kills a worker after any one of its instructions. There are no system calls between the steps of a
//! worker that shares memory, so a check has nothing else by which it could place a death.

use std::sync::atomic::{AtomicU32, Ordering};

use libc::c_int;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};

/// How many instructions this process has executed since [`die_after`]; 0 if it does not count.
static EXECUTED: AtomicU32 = AtomicU32::new(0);

/// After this many it dies.
static LAST: AtomicU32 = AtomicU32::new(0);

/// From now on this process counts its instructions. After `last` of them SIGKILL ends it. Where the
/// processor cannot stop after each instruction, nothing happens.
pub(super) fn die_after(last: u32) {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        LAST.store(last, Ordering::Relaxed);
        let action =
            SigAction::new(SigHandler::SigAction(on_trap), SaFlags::SA_SIGINFO, SigSet::empty());
        // SAFETY: the handler uses atomics and `raise` only, which a handler may.
        unsafe { sigaction(Signal::SIGTRAP, &action) }.expect("a handler of the check");
        raise(Signal::SIGTRAP).expect("a signal of the check");
    }
}

/// Ends the counting. Returns how many instructions there were.
pub(super) fn end() -> u32 {
    LAST.store(0, Ordering::Relaxed);
    EXECUTED.load(Ordering::Relaxed)
}

/// Runs after each instruction, as long as it sets the trap flag of the code that it interrupts.
extern "C" fn on_trap(_: c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let executed = EXECUTED.fetch_add(1, Ordering::Relaxed);
    let last = LAST.load(Ordering::Relaxed);
    if last > 0 && executed == last {
        let _ = raise(Signal::SIGKILL);
    }
    // SAFETY: SA_SIGINFO: the kernel passes the context of the interrupted code, which is no other's.
    set_trap_flag(unsafe { &mut *context.cast() }, last > 0);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn set_trap_flag(context: &mut libc::ucontext_t, on: bool) {
    const TRAP_FLAG: i64 = 0x100;
    let flags = &mut context.uc_mcontext.gregs[libc::REG_EFL as usize];
    *flags = if on { *flags | TRAP_FLAG } else { *flags & !TRAP_FLAG };
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn set_trap_flag(_: &mut libc::ucontext_t, _: bool) {}

/// How often this process has forked since [`the_first_two_children_die`].
static FORKS: AtomicU32 = AtomicU32::new(0);

/// From now on, the first two children of this process are killed before they do anything.
pub(super) fn the_first_two_children_die() {
    // SAFETY: the handlers are functions of this program, which use an atomic and `raise` only.
    let result = unsafe { libc::pthread_atfork(Some(before_fork), None, Some(in_child)) };
    assert_eq!(result, 0, "the check's handlers for fork");
}

extern "C" fn before_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

extern "C" fn in_child() {
    if FORKS.load(Ordering::Relaxed) <= 2 {
        let _ = raise(Signal::SIGKILL);
    }
}
