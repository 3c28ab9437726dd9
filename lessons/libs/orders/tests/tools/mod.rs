//! What the little programs of the tests have in common.

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, Pid, fork};

pub(crate) fn say(text: &str) {
    let _ = nix::unistd::write(std::io::stdout(), text.as_bytes());
}

/// Runs `task` in a child, which then ends with `status`.
pub(crate) fn child(status: i32, task: impl FnOnce()) -> Pid {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child }) => child,
        Ok(ForkResult::Child) => {
            task();
            // SAFETY: it ends this process, and nothing after it runs.
            unsafe { libc::_exit(status) }
        }
        Err(errno) => panic!("fork: {errno}"),
    }
}

/// Waits for every child, whatever interrupts it.
pub(crate) fn all_end() {
    while matches!(wait(), Ok(_) | Err(nix::errno::Errno::EINTR)) {}
}

pub(crate) fn on(signal: Signal, handler: extern "C" fn(i32)) {
    let action = SigAction::new(SigHandler::Handler(handler), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handlers here make system calls that a handler may make, and nothing else.
    unsafe { sigaction(signal, &action) }.expect("a handler");
}
