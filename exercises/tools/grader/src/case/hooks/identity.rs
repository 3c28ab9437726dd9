//! The hooks by which a check freezes what differs between two runs of the same program without
//! being random: PIDs and the time.

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicU32, Ordering::*};

use libc::{clockid_t, pid_t, time_t, timespec, timeval};

use crate::case::real::Real;

/// How many [`Frozen`] there are.
static FROZEN: AtomicU32 = AtomicU32::new(0);

/// While it lives, in this process and in those that it forks, `getpid`, `getppid` and `gettid`
/// always return the same numbers, and the clocks stand still: what a function makes of them is
/// then the same in every run. See [`freeze_identity`].
#[derive(Debug)]
#[must_use = "the numbers change again when this value is dropped"]
pub struct Frozen(());

/// Freezes the PIDs and the clocks, as the functions of the C library tell them: two processes
/// that call a function then differ in nothing but what is random.
///
/// ```no_run
/// # fn independent(_: usize) -> Vec<u64> { vec![] }
/// let _frozen = grader::freeze_identity();
/// let numbers = independent(2); // in two forked processes: equal numbers can be foretold
/// ```
pub fn freeze_identity() -> Frozen {
    FROZEN.fetch_add(1, AcqRel);
    Frozen(())
}

impl Drop for Frozen {
    fn drop(&mut self) {
        FROZEN.fetch_sub(1, AcqRel);
    }
}

fn is_frozen() -> bool {
    FROZEN.load(Acquire) > 0
}

/// A PID that no process has: above the largest that Linux gives.
const PID: pid_t = 5_000_001;

/// 2001-09-09, in seconds.
const TIME: time_t = 1_000_000_000;

static GETPID: Real = Real::new(c"getpid");
static GETPPID: Real = Real::new(c"getppid");
static GETTID: Real = Real::new(c"gettid");
static CLOCK_GETTIME: Real = Real::new(c"clock_gettime");
static GETTIMEOFDAY: Real = Real::new(c"gettimeofday");
static TIME_OF_DAY: Real = Real::new(c"time");

pub(super) fn look_up_all() {
    for real in [&GETPID, &GETPPID, &GETTID, &CLOCK_GETTIME, &GETTIMEOFDAY, &TIME_OF_DAY] {
        real.address();
    }
}

fn number(real: &Real, frozen: pid_t) -> pid_t {
    if is_frozen() {
        return frozen;
    }
    let real: extern "C" fn() -> pid_t = real.function();
    real()
}

// SAFETY: has the type and the meaning of the C library's `getpid`.
#[unsafe(no_mangle)]
extern "C" fn getpid() -> pid_t {
    number(&GETPID, PID)
}

// SAFETY: has the type and the meaning of the C library's `getppid`.
#[unsafe(no_mangle)]
extern "C" fn getppid() -> pid_t {
    number(&GETPPID, PID - 1)
}

// SAFETY: has the type and the meaning of the C library's `gettid`.
#[unsafe(no_mangle)]
extern "C" fn gettid() -> pid_t {
    number(&GETTID, PID)
}

// SAFETY: has the type and the meaning of the C library's `clock_gettime`.
#[unsafe(no_mangle)]
extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: the caller gives a place for a time.
    if let (true, Some(time)) = (is_frozen(), unsafe { time.as_mut() }) {
        *time = timespec { tv_sec: TIME, tv_nsec: 0 };
        return 0;
    }
    let real: extern "C" fn(clockid_t, *mut timespec) -> c_int = CLOCK_GETTIME.function();
    real(clock, time)
}

// SAFETY: has the type and the meaning of the C library's `gettimeofday`.
#[unsafe(no_mangle)]
extern "C" fn gettimeofday(time: *mut timeval, zone: *mut c_void) -> c_int {
    // SAFETY: the caller gives a place for a time.
    if let (true, Some(time)) = (is_frozen(), unsafe { time.as_mut() }) {
        *time = timeval { tv_sec: TIME, tv_usec: 0 };
        return 0;
    }
    let real: extern "C" fn(*mut timeval, *mut c_void) -> c_int = GETTIMEOFDAY.function();
    real(time, zone)
}

// SAFETY: has the type and the meaning of the C library's `time`.
#[unsafe(no_mangle)]
extern "C" fn time(place: *mut time_t) -> time_t {
    if !is_frozen() {
        let real: extern "C" fn(*mut time_t) -> time_t = TIME_OF_DAY.function();
        return real(place);
    }
    // SAFETY: the caller gives null or a place for a time.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = TIME;
    }
    TIME
}
