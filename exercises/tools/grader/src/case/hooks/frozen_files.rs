//! Files in `/proc` that tell of time and processes. While [PIDs and clocks are
//! frozen](super::freeze_identity), they have the content that they had when this began.

use std::ffi::{CStr, c_char, c_int};
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::os::fd::{FromRawFd, IntoRawFd};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering::*};

use super::identity::is_frozen;
use crate::case::real;

const PATHS: [&str; 12] = [
    "/proc/uptime",
    "/proc/stat",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/vmstat",
    "/proc/interrupts",
    "/proc/schedstat",
    "/proc/self/stat",
    "/proc/self/status",
    "/proc/self/sched",
    "/proc/self/schedstat",
    "/proc/self/io",
];

/// What is in each, if it can be read.
type Contents = [Option<Vec<u8>>; PATHS.len()];

/// Never freed, because a forked process may read it.
static KEPT: AtomicPtr<Contents> = AtomicPtr::new(null_mut());

/// Keeps what is in them now.
pub(super) fn keep() {
    let contents = real::unrecorded(|| PATHS.map(|path| fs::read(path).ok()));
    KEPT.store(Box::leak(Box::new(contents)), Release);
}

/// A descriptor of what was kept; `None` if the file is none of these, or nothing is frozen.
pub(super) fn open(path: *const c_char) -> Option<c_int> {
    if !is_frozen() || path.is_null() {
        return None;
    }
    // SAFETY: the caller of open gives a string that ends with a zero byte.
    let path = unsafe { CStr::from_ptr(path) };
    let index = PATHS.iter().position(|name| name.as_bytes() == path.to_bytes())?;
    // SAFETY: null, or contents that are never freed.
    let contents = unsafe { KEPT.load(Acquire).as_ref() }?[index].as_ref()?;
    real::unrecorded(|| in_memory(contents))
}

fn in_memory(contents: &[u8]) -> Option<c_int> {
    // SAFETY: the name is a string that ends with a zero byte.
    let descriptor = unsafe { libc::memfd_create(c"frozen".as_ptr(), libc::MFD_CLOEXEC) };
    if descriptor < 0 {
        return None;
    }
    // SAFETY: it has just been opened, and has no other owner.
    let mut file = unsafe { File::from_raw_fd(descriptor) };
    file.write_all(contents).and_then(|()| file.rewind()).ok()?;
    Some(file.into_raw_fd())
}
