//! What the answers in these tests are made of.
#![allow(dead_code, clippy::allow_attributes, reason = "not every test needs all of it")]

use std::time::Duration;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Forks. The child has `None`.
pub(crate) fn forked() -> Option<Pid> {
    // SAFETY: a case has one thread.
    match unsafe { fork() }.expect("fork failed") {
        ForkResult::Child => None,
        ForkResult::Parent { child } => Some(child),
    }
}

/// Forks a child that does `work` and ends.
pub(crate) fn child(work: impl FnOnce()) -> Pid {
    forked().unwrap_or_else(|| {
        work();
        end(0)
    })
}

/// Waits for one child.
pub(crate) fn reap(child: Pid) -> WaitStatus {
    waitpid(child, None).expect("waitpid failed")
}

/// Waits until the child has ended, and leaves it a zombie.
pub(crate) fn until_ended(child: Pid) {
    let options = libc::WEXITED | libc::WNOWAIT;
    // SAFETY: without a place for it, no information is written.
    let result = unsafe {
        libc::waitid(libc::P_PID, child.as_raw() as libc::id_t, std::ptr::null_mut(), options)
    };
    assert_eq!(result, 0, "waitid failed");
}

/// Ends this process at once.
pub(crate) fn end(status: i32) -> ! {
    // SAFETY: takes a number, and does not return.
    unsafe { libc::_exit(status) }
}

/// Lets time pass. Here that is what the answers do wrong, or what a child is busy with.
pub(crate) fn pass(milliseconds: u64) {
    #[expect(clippy::disallowed_methods, reason = "nothing is put in order by it")]
    std::thread::sleep(Duration::from_millis(milliseconds));
}
