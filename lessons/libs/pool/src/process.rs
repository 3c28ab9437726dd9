//! Which process this is, asked often and answered cheaply; and how it ends and pauses.

use std::time::Duration;

use nix::unistd::{Pid, getpid};

use crate::sys;

/// This process, with an answer that is right after a fork too.
#[inline]
pub(crate) fn current() -> Pid {
    sys::cached_pid().unwrap_or_else(getpid)
}

/// Ends this process at once, without destructors and exit handlers: they are copies of another
/// process's.
pub(crate) fn leave(code: i32) -> ! {
    // SAFETY: `_exit` may be called anywhere.
    unsafe { nix::libc::_exit(code) }
}

/// Waits where there is nothing to wait for but time.
#[expect(clippy::disallowed_methods, reason = "no event tells when it is over")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg_attr(miri, ignore = "Miri cannot ask the kernel to wipe memory")]
    fn it_is_this_process() {
        assert_eq!(super::current(), nix::unistd::getpid());
        assert_eq!(super::current(), nix::unistd::getpid());
    }
}
