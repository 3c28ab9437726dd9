//! # wait_status: what became of a child
//!
//! Write three functions: one puts a status into words, one waits for a child whatever comes in
//! between, one waits only for a while.
//!
//! `in_words(status)` says what nix's `WaitStatus` holds, in exactly these words:
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
//! (A process that is traced, as by a debugger, has two more. Say what you like about them.)
//!
//! `wait_for(child)` waits until this child has ended, and returns its status. If a signal arrives
//! whose handler was installed without `SA_RESTART`, waitpid fails with `EINTR`: nothing is wrong
//! then, and it wants to be called again.
//!
//! `wait_at_most(child, limit)` waits until this child has ended, or the time `limit` is over.
//!
//! * If the child ends, the status comes soon after, not at the end of the time.
//! * If it does not, the result is `None` when the time is over, not earlier. Signals that arrive
//!   meanwhile make it neither shorter nor longer. The child is not harmed, and can still be waited
//!   for.
//! * A child that is only stopped has not ended.
//! * Any limit will do: with `Duration::ZERO` you look once, and with `Duration::MAX` you wait for
//!   ever.
//! * The process sleeps while it waits, and leaves the processor to others. When the function has
//!   returned, nothing goes on waiting, no thread either: the child belongs to the caller.
//!
//! If this process has no such child, both return `Errno::ECHILD` at once.

use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// What `status` says, in words.
pub fn in_words(status: WaitStatus) -> String {
    todo!("put {status:?} into words")
}

/// Waits until `child` has ended, also if signals arrive meanwhile.
///
/// # Errors
///
/// `Errno::ECHILD` if this process has no such child.
pub fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    todo!("wait for {child}, and again if a signal interrupts it")
}

/// Waits until `child` has ended, at most for the time `limit`. `None` means that it runs on.
///
/// # Errors
///
/// `Errno::ECHILD` if this process has no such child.
pub fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
    todo!("wait for {child} until {limit:?} are over")
}
