//! What only Linux can do, and the same functions for other systems, side by side.

#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod fork_notifier;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use fork_notifier::*;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::*;
#[cfg(not(target_os = "linux"))]
pub use other::{Frozen, freeze_identity};

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, pthread_sigmask, signal};

/// Makes signals do what they do in a fresh program. A mask and ignored signals are inherited from
/// the shell or editor that started the checks, and a blocked SIGALRM or an ignored SIGCHLD would
/// refuse right answers. SIGPIPE stays ignored, as in every Rust program.
pub(crate) fn reset_signals() {
    for number in Signal::iterator() {
        if number != Signal::SIGPIPE && is_ignored(number) {
            // SAFETY: the default action is no code of this program.
            let _ = unsafe { signal(number, SigHandler::SigDfl) };
        }
    }
    let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
}

/// Whether this process ignores the signal.
pub(crate) fn is_ignored(number: Signal) -> bool {
    // SAFETY: zeroes are a valid structure, and sigaction writes one.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: with null for the new one, the handler stays as it is.
    let result = unsafe { libc::sigaction(number as i32, std::ptr::null(), &raw mut action) };
    result == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Limits this process and its descendants to `value`, or to what the system still allows: a limit
/// that was lowered, as by `ulimit`, cannot be raised again. Returns the limit that holds.
///
/// # Errors
///
/// The system refuses even a limit that is not above the present one.
pub(crate) fn limit(resource: Resource, value: u64) -> nix::Result<u64> {
    let (_, hard) = getrlimit(resource)?;
    let value = value.min(hard);
    match setrlimit(resource, value, value) {
        Err(Errno::EPERM) => getrlimit(resource).map(|(soft, _)| soft),
        result => result.map(|()| value),
    }
}
