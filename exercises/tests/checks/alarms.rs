//! Signals that come again and again, with a handler that was installed without `SA_RESTART`: they
//! interrupt a system call that waits, and it fails with `EINTR`.

use std::io::PipeWriter;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

static LEFT: AtomicU32 = AtomicU32::new(0);
static LEAD: AtomicI32 = AtomicI32::new(-1);

/// An alarm every 5 ms. Number `count` writes a byte into `lead`.
pub(crate) fn start(count: u32, lead: &PipeWriter) {
    LEFT.store(count, Relaxed);
    LEAD.store(lead.as_raw_fd(), Relaxed);
    let action = SigAction::new(SigHandler::Handler(on_alarm), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler touches atomic numbers, and calls write, which signal-safety(7) allows.
    unsafe { sigaction(Signal::SIGALRM, &action) }.expect("a handler for the check");
    grader::baseline();
    set_timer(5_000);
}

/// No more alarms.
pub(crate) fn stop() {
    set_timer(0);
}

fn set_timer(microseconds: libc::suseconds_t) {
    let time = libc::timeval { tv_sec: 0, tv_usec: microseconds };
    let timer = libc::itimerval { it_interval: time, it_value: time };
    // SAFETY: `timer` lives until the call has returned; null is for the old one, not wanted.
    let result =
        unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) };
    assert_eq!(result, 0, "the check's own setitimer");
}

extern "C" fn on_alarm(_: i32) {
    if LEFT.fetch_sub(1, Relaxed) == 1 {
        // SAFETY: one byte from a constant; the descriptor may be closed, and then nothing happens.
        unsafe { libc::write(LEAD.load(Relaxed), b".".as_ptr().cast(), 1) };
    }
}
