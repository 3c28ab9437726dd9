//! HAZARD: a SIGCHLD handler that waits once. Five children end while the signal is blocked, and
//! it is delivered once. With `--all` the handler waits until no ended child is left.

use std::io;
use std::mem::MaybeUninit;
use std::process::exit;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::errno::Errno;
use nix::libc::{P_PID, WEXITED, WNOWAIT, siginfo_t, waitid};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal};
use nix::sys::signal::{sigaction, sigprocmask};
use nix::sys::wait::WaitStatus::{Exited, Signaled};
use nix::sys::wait::{WaitPidFlag, wait, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// How often the handler was called.
static CALLS: AtomicU32 = AtomicU32::new(0);

/// An atomic addition and `wait` are allowed in a handler (`man 7 signal-safety`).
extern "C" fn reap_one(_signal: i32) {
    CALLS.fetch_add(1, Ordering::Relaxed);
    let _ = wait();
}

/// Does not block, and leaves `errno` as the interrupted code had it.
extern "C" fn reap_all(_signal: i32) {
    CALLS.fetch_add(1, Ordering::Relaxed);
    let errno = Errno::last();
    while let Ok(Exited(..) | Signaled(..)) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {}
    errno.set();
}

fn main() -> io::Result<()> {
    let all = std::env::args().any(|argument| argument == "--all");
    let handler = SigHandler::Handler(if all { reap_all } else { reap_one });
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handlers call only what is safe in a handler.
    unsafe { sigaction(Signal::SIGCHLD, &action) }?;
    let blocked = SigSet::from(Signal::SIGCHLD);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&blocked), None)?;
    for _ in 0..5 {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => exit(0),
            ForkResult::Parent { child } => wait_until_ended(child)?,
        }
    }
    sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&blocked), None)?;
    println!("children that have ended: 5");
    println!("calls to the handler: {}", CALLS.load(Ordering::Relaxed));
    println!("zombies left: {}", std::iter::from_fn(|| wait().ok()).count());
    Ok(())
}

/// Waits until `child` has ended, but does not reap it.
fn wait_until_ended(child: Pid) -> io::Result<()> {
    let mut info = MaybeUninit::<siginfo_t>::uninit();
    let child = child.as_raw().cast_unsigned();
    // SAFETY: `info` is a valid place for the kernel's answer, which is not read.
    let waited = unsafe { waitid(P_PID, child, info.as_mut_ptr(), WEXITED | WNOWAIT) };
    Ok(Errno::result(waited).map(drop)?)
}
