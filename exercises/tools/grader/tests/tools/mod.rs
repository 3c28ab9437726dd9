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

/// Panics in a function of std that does not say where it was called.
pub(crate) fn later_than_ever(seconds: u64) -> Duration {
    Duration::MAX + Duration::from_secs(seconds)
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

/// A fork by the instruction that makes a system call, past every hook. 0 in the child.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn bare_fork() -> i32 {
    let result: i64;
    // SAFETY: the arguments are those of fork; the child has a copy of everything, and what libc
    // does not know of this fork, it is not asked for afterwards.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!("syscall", inlateout("rax") libc::SYS_clone => result,
            in("rdi") libc::SIGCHLD, in("rsi") 0, in("rdx") 0, in("r10") 0, in("r8") 0,
            lateout("rcx") _, lateout("r11") _);
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("svc 0", in("x8") libc::SYS_clone,
            inlateout("x0") i64::from(libc::SIGCHLD) => result,
            in("x1") 0, in("x2") 0, in("x3") 0, in("x4") 0);
    }
    result as i32
}
