//! How often the test process has read from each pipe: the difference between "never read" and
//! "read once, though there was more" in the advice on a deadlock.

use std::ffi::c_int;
use std::os::fd::BorrowedFd;

use nix::sys::stat::{SFlag, fstat};

use crate::case::plan::in_a_search;
use crate::case::real::{log, own_pid};

/// Something was read from `descriptor`.
pub(super) fn note(descriptor: c_int) {
    let Some(log) = log().filter(|_| !in_a_search()) else { return };
    if descriptor < 3 || log.test_process().is_none_or(|pid| pid.as_raw() != own_pid()) {
        return;
    }
    // SAFETY: something has just been read from it.
    let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let Ok(stat) = fstat(descriptor) else { return };
    let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
    if kind == SFlag::S_IFIFO || kind == SFlag::S_IFSOCK {
        log.note_read(stat.st_ino);
    }
}
