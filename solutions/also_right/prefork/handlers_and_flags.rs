//! Handlers set flags, in the parent and in the workers. Both wait in calls that unblock the signals
//! for the time of the wait: `sigsuspend` and `ppoll`.
//!
//! only: linux

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, kill, sigaction};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

static STOP: AtomicBool = AtomicBool::new(false);
static RELOAD: AtomicBool = AtomicBool::new(false);

extern "C" fn note(signal: i32) {
    match signal {
        libc::SIGTERM => STOP.store(true, SeqCst),
        libc::SIGHUP => RELOAD.store(true, SeqCst),
        _ => {} // SIGCHLD only ends the wait
    }
}

pub fn serve(
    listener: &TcpListener,
    workers: usize,
    handle: impl Fn(TcpStream),
) -> nix::Result<()> {
    STOP.store(false, SeqCst);
    RELOAD.store(false, SeqCst);
    let signals = [Signal::SIGCHLD, Signal::SIGHUP, Signal::SIGTERM];
    let before = signals.into_iter().collect::<SigSet>().thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
    let mut actions = Vec::new();
    for signal in signals {
        actions.push((signal, unsafe { sigaction(signal, &action) }?));
    }
    let _ = listener.set_nonblocking(true);
    let (mut now, mut old): (Vec<Pid>, Vec<Pid>) = (Vec::new(), Vec::new());
    let mut result = Ok(());
    while result.is_ok() && !STOP.load(SeqCst) {
        while now.len() < workers && result.is_ok() {
            match unsafe { fork() } {
                Ok(ForkResult::Child) => {
                    let _ = catch_unwind(AssertUnwindSafe(|| work(listener, &before, &handle)));
                    exit(0)
                }
                Ok(ForkResult::Parent { child }) => now.push(child),
                Err(error) => result = Err(error),
            }
        }
        if result.is_ok() && !STOP.load(SeqCst) {
            unsafe { libc::sigsuspend(before.as_ref()) };
        }
        if RELOAD.swap(false, SeqCst) {
            now.iter().for_each(tell);
            old.append(&mut now);
        }
        now.retain(is_alive);
        old.retain(is_alive);
    }
    now.iter().for_each(tell);
    old.append(&mut now);
    old.retain(is_alive);
    while !old.is_empty() {
        unsafe { libc::sigsuspend(before.as_ref()) };
        old.retain(is_alive);
    }
    let _ = listener.set_nonblocking(false);
    before.thread_set_mask()?; // what is pending runs the handlers
    for (signal, action) in actions {
        unsafe { sigaction(signal, &action) }?;
    }
    result
}

fn tell(worker: &Pid) {
    let _ = kill(*worker, Signal::SIGTERM);
}

fn is_alive(worker: &Pid) -> bool {
    waitpid(*worker, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive)
}

fn work(listener: &TcpListener, unblocked: &SigSet, handle: &dyn Fn(TcpStream)) {
    loop {
        let fds = &mut [PollFd::new(listener.as_fd(), PollFlags::POLLIN)];
        let ready = ppoll(fds, None, Some(*unblocked));
        if STOP.load(SeqCst) {
            return;
        }
        if ready == Ok(1)
            && let Ok((client, _)) = listener.accept()
        {
            let _ = client.set_nonblocking(false);
            handle(client);
        }
    }
}
