//! A signal interrupts a wait, which fails with EINTR and is then repeated.

use std::io::{self, PipeReader};
use std::os::fd::AsFd;
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, getppid};

extern "C" fn do_nothing(_signal: i32) {}

fn main() -> io::Result<()> {
    let handler = SigHandler::Handler(do_nothing);
    let without_restart = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing, and so nothing that a handler must not do.
    unsafe { sigaction(Signal::SIGUSR1, &without_restart) }?;

    let (gate, opener) = io::pipe()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(opener);
            signal_my_parent_until_open(&gate)
        }
        ForkResult::Parent { child } => {
            println!("waitpid: {:?}", waitpid(child, None));
            drop(opener); // the gate is open: the child ends
            let status = loop {
                match waitpid(child, None) {
                    Err(Errno::EINTR) => {} // another signal may still arrive
                    result => break result,
                }
            };
            println!("again:   {status:?}");
        }
    }
    Ok(())
}

/// Sends a signal each millisecond, until the other end of `gate` is closed.
fn signal_my_parent_until_open(gate: &PipeReader) -> ! {
    let parent = getppid();
    let is_open =
        || poll(&mut [PollFd::new(gate.as_fd(), PollFlags::POLLIN)], PollTimeout::from(1_u8));
    while is_open() == Ok(0) {
        if kill(parent, Signal::SIGUSR1).is_err() {
            exit(1); // the parent has gone
        }
    }
    exit(0)
}
