//! The parent reads its signals from a descriptor, and so does each worker, which polls the listener and
//! that descriptor.
//!
//! only: linux

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn serve(
    listener: &TcpListener,
    workers: usize,
    handle: impl Fn(TcpStream),
) -> nix::Result<()> {
    let set: SigSet = [Signal::SIGCHLD, Signal::SIGHUP, Signal::SIGTERM].into_iter().collect();
    let before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let signals = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC)?;
    let _ = listener.set_nonblocking(true);
    let (mut new, mut old) = (Vec::new(), Vec::new());
    let result = run(&signals, &mut new, &mut old, workers, || work(listener, &handle));
    old.append(&mut new);
    old.iter().for_each(|worker| kill(*worker, Signal::SIGTERM).unwrap_or_default());
    for worker in old {
        while waitpid(worker, None) == Err(Errno::EINTR) {}
    }
    let _ = listener.set_nonblocking(false);
    drop(signals);
    let rest = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
    while let Ok(Some(_)) = rest.read_signal() {}
    before.thread_set_mask()?;
    result
}

fn run(
    signals: &SignalFd,
    new: &mut Vec<Pid>,
    old: &mut Vec<Pid>,
    workers: usize,
    work: impl Fn(),
) -> nix::Result<()> {
    loop {
        for _ in new.len()..workers {
            match unsafe { fork()? } {
                ForkResult::Parent { child } => new.push(child),
                ForkResult::Child => {
                    exit(catch_unwind(AssertUnwindSafe(&work)).map_or(101, |()| 0))
                }
            }
        }
        let Some(signal) = signals.read_signal()? else { continue };
        match signal.ssi_signo as i32 {
            libc::SIGTERM => return Ok(()),
            libc::SIGHUP => {
                new.iter().for_each(|worker| kill(*worker, Signal::SIGTERM).unwrap_or_default());
                old.append(new);
            }
            _ => {
                let is_there = |worker: &Pid| {
                    waitpid(*worker, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive)
                };
                new.retain(is_there);
                old.retain(is_there);
            }
        }
    }
}

/// A signal that is read from a descriptor needs no action; that it is blocked is enough.
fn work(listener: &TcpListener, handle: &dyn Fn(TcpStream)) {
    let Ok(stop) = SignalFd::with_flags(&SigSet::from(Signal::SIGTERM), SfdFlags::SFD_CLOEXEC) else {
        return;
    };
    loop {
        let mut both = [stop.as_fd(), listener.as_fd()].map(|it| PollFd::new(it, PollFlags::POLLIN));
        if poll(&mut both, PollTimeout::NONE).is_err() {
            continue;
        }
        if both[0].any() == Some(true) {
            return;
        }
        if let Ok((client, _)) = listener.accept() {
            handle(client);
        }
    }
}
