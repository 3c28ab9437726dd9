//! # wait_status: what became of a child
//!
//! Write three functions. One describes a status in words, one waits for a child despite
//! interruptions by signals, and one waits with a time limit.
//!
//! `in_words(status)` describes nix's `WaitStatus` in exactly these words:
//!
//! ```text
//! ended with exit status 3
//! killed by SIGKILL
//! killed by SIGSEGV (core dumped)
//! stopped by SIGTSTP
//! continued
//! still running
//! ```
//!
//! (A process that is traced, for example by a debugger, has two more statuses. You may describe
//! them in any words.)
//!
//! `wait_for(child)` waits until this child has ended, and returns its status. If a signal arrives
//! whose handler was installed without `SA_RESTART`, waitpid fails with `EINTR`. This is not an
//! error of the wait: call waitpid again.
//!
//! `wait_at_most(child, limit)` waits until this child has ended, but no longer than `limit`.
//!
//! * If the child ends, return its status soon afterwards, without waiting for the limit to expire.
//! * If the child does not end, return `None` when the limit expires, and not earlier. Signals make
//!   the wait neither shorter nor longer. Leave the child unharmed, so that the caller can still
//!   wait for it.
//! * A stopped child has not ended.
//! * Any limit is allowed: with `Duration::ZERO` the function checks once, and with `Duration::MAX`
//!   it waits for ever.
//! * The process sleeps while it waits, so that it leaves the processor to others. After the
//!   function has returned, nothing may still be waiting for the child, not even a thread, because
//!   the child belongs to the caller.
//!
//! If this process has no such child, `wait_for` and `wait_at_most` return `Errno::ECHILD` at once.

use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Describes `status` in words.
pub fn in_words(status: WaitStatus) -> String {
    todo!("put {status:?} into words")
}

/// Waits until `child` has ended, even if signals arrive in the meantime.
///
/// # Errors
///
/// `Errno::ECHILD` if this process has no such child.
pub fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    todo!("wait for {child}, and wait again if a signal interrupts the call")
}

/// Waits until `child` has ended, but no longer than `limit`. `None` means that it still runs.
///
/// # Errors
///
/// `Errno::ECHILD` if this process has no such child.
pub fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
    todo!("wait for {child}, but no longer than {limit:?}")
}
