//! Which process this is, asked often and answered cheaply.

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

#[cfg(test)]
mod tests {
    #[test]
    #[cfg_attr(miri, ignore = "Miri cannot ask the kernel to wipe memory")]
    fn it_is_this_process() {
        assert_eq!(super::current(), nix::unistd::getpid());
        assert_eq!(super::current(), nix::unistd::getpid());
    }
}
