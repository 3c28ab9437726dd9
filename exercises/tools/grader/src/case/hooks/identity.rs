//! The hooks by which a check freezes what differs between two runs of the same program without
//! being random: PIDs and the time.

use std::ffi::{CStr, c_char, c_int, c_long, c_void};
use std::sync::atomic::{AtomicU32, Ordering::*};

use libc::{clock_t, clockid_t, pid_t, rusage, sysinfo as Sysinfo, time_t, timespec, timeval, tms};

use super::{cycles, frozen_files};
use crate::case::real::Real;

/// How many [`Frozen`] there are.
static FROZEN: AtomicU32 = AtomicU32::new(0);

/// While it lives, in this process and in those that it forks, `getpid`, `getppid` and `gettid`
/// always return the same numbers, and the clocks stand still: what a function makes of them is
/// then the same in every run. See [`freeze_identity`].
#[derive(Debug)]
#[must_use = "the numbers change again when this value is dropped"]
pub struct Frozen {
    _cycles: Option<cycles::Frozen>,
}

/// Freezes the PIDs and the clocks, as the functions of the C library, the processor's counter of
/// cycles, and some files in `/proc` tell them: two processes that call a function then differ in
/// nothing but what is random.
///
/// ```no_run
/// # fn independent(_: usize) -> Vec<u64> { vec![] }
/// let _frozen = grader::freeze_identity();
/// let numbers = independent(2); // in two forked processes: equal numbers can be foretold
/// ```
pub fn freeze_identity() -> Frozen {
    frozen_files::keep();
    FROZEN.fetch_add(1, AcqRel);
    Frozen { _cycles: cycles::freeze() }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        FROZEN.fetch_sub(1, AcqRel);
    }
}

pub(super) fn is_frozen() -> bool {
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
static TIMES: Real = Real::new(c"times");
static CLOCK: Real = Real::new(c"clock");
static GETRUSAGE: Real = Real::new(c"getrusage");
static SYSINFO: Real = Real::new(c"sysinfo");
static READLINK: Real = Real::new(c"readlink");

pub(super) fn look_up_all() {
    let of_processes = [&GETPID, &GETPPID, &GETTID, &GETRUSAGE, &SYSINFO, &READLINK];
    let clocks = [&CLOCK_GETTIME, &GETTIMEOFDAY, &TIME_OF_DAY, &TIMES, &CLOCK];
    of_processes.into_iter().chain(clocks).for_each(|real| _ = real.address());
}

/// What the system call would tell, if it is frozen.
pub(super) fn frozen_call(number: c_long, first: c_long, second: c_long) -> Option<c_long> {
    if !is_frozen() {
        return None;
    }
    Some(match number {
        libc::SYS_getpid | libc::SYS_gettid => PID.into(),
        libc::SYS_getppid => (PID - 1).into(),
        libc::SYS_clock_gettime => {
            clock_gettime(first as clockid_t, second as *mut timespec).into()
        }
        libc::SYS_gettimeofday => gettimeofday(first as *mut timeval, second as *mut c_void).into(),
        libc::SYS_times => times(first as *mut tms),
        libc::SYS_getrusage => getrusage(first as c_int, second as *mut rusage).into(),
        libc::SYS_sysinfo => sysinfo(first as *mut Sysinfo).into(),
        _ => return None,
    })
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

// SAFETY: has the type and the meaning of the C library's `times`.
#[unsafe(no_mangle)]
extern "C" fn times(place: *mut tms) -> clock_t {
    if !is_frozen() {
        let real: extern "C" fn(*mut tms) -> clock_t = TIMES.function();
        return real(place);
    }
    zero(place);
    TIME
}

// SAFETY: has the type and the meaning of the C library's `clock`.
#[unsafe(no_mangle)]
extern "C" fn clock() -> clock_t {
    if is_frozen() {
        return TIME;
    }
    let real: extern "C" fn() -> clock_t = CLOCK.function();
    real()
}

// SAFETY: has the type and the meaning of the C library's `getrusage`.
#[unsafe(no_mangle)]
extern "C" fn getrusage(who: c_int, place: *mut rusage) -> c_int {
    if !is_frozen() {
        let real: extern "C" fn(c_int, *mut rusage) -> c_int = GETRUSAGE.function();
        return real(who, place);
    }
    zero(place);
    0
}

// SAFETY: has the type and the meaning of the C library's `sysinfo`.
#[unsafe(no_mangle)]
extern "C" fn sysinfo(place: *mut Sysinfo) -> c_int {
    if !is_frozen() {
        let real: extern "C" fn(*mut Sysinfo) -> c_int = SYSINFO.function();
        return real(place);
    }
    zero(place);
    0
}

/// `/proc/self` is a link to the folder of the PID.
// SAFETY: has the type and the meaning of the C library's `readlink`.
#[unsafe(no_mangle)]
extern "C" fn readlink(path: *const c_char, buffer: *mut c_char, length: usize) -> isize {
    // SAFETY: the caller gives a string that ends with a zero byte.
    if is_frozen() && !path.is_null() && unsafe { CStr::from_ptr(path) } == c"/proc/self" {
        let name = PID.to_string();
        let length = name.len().min(length);
        // SAFETY: the caller's buffer has room for so many bytes.
        unsafe { buffer.copy_from_nonoverlapping(name.as_ptr().cast(), length) };
        return length as isize;
    }
    let real: extern "C" fn(*const c_char, *mut c_char, usize) -> isize = READLINK.function();
    real(path, buffer, length)
}

/// For a structure of integers.
fn zero<T>(place: *mut T) {
    if !place.is_null() {
        // SAFETY: the caller gives null or a place for one, and zeroes are integers.
        unsafe { place.write_bytes(0, 1) };
    }
}
