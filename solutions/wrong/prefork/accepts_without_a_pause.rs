//! A worker calls `accept` again and again, which returns at once when there is no client.
//!
//! only: linux
//!
//! base: flag_in_the_worker
//! verdict: check failed
//! check: all_sleep_while_they_wait
//! says: they poll in a loop

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

static STOP: AtomicBool = AtomicBool::new(false);
static RELOAD: AtomicBool = AtomicBool::new(false);

extern "C" fn note(signal: i32) {
    let flag = if signal == Signal::SIGHUP as i32 { &RELOAD } else { &STOP };
    flag.store(true, Ordering::SeqCst);
}

pub fn serve(
    listener: &TcpListener,
    workers: usize,
    handle: impl Fn(TcpStream),
) -> nix::Result<()> {
    STOP.store(false, Ordering::SeqCst);
    RELOAD.store(false, Ordering::SeqCst);
    let action = SigAction::new(SigHandler::Handler(note), SaFlags::SA_RESTART, SigSet::empty());
    let term = unsafe { sigaction(Signal::SIGTERM, &action) }?;
    let hup = unsafe { sigaction(Signal::SIGHUP, &action) }?;
    let _ = listener.set_nonblocking(true);
    let mut all: Vec<(Pid, bool)> = Vec::new();
    let mut result = Ok(());
    while result.is_ok() && !STOP.load(Ordering::SeqCst) {
        if RELOAD.swap(false, Ordering::SeqCst) {
            for (worker, old) in &mut all {
                *old = true;
                let _ = kill(*worker, Signal::SIGTERM);
            }
        }
        while result.is_ok() && all.iter().filter(|(_, old)| !old).count() < workers {
            match unsafe { fork() } {
                Ok(ForkResult::Child) => {
                    // What came for the parent is not the worker's.
                    let _ = catch_unwind(AssertUnwindSafe(|| work(listener, &handle)));
                    exit(0)
                }
                Ok(ForkResult::Parent { child }) => all.push((child, false)),
                Err(error) => result = Err(error),
            }
        }
        std::thread::sleep(Duration::from_millis(10));
        all.retain(|(worker, _)| is_alive(*worker));
    }
    while !all.is_empty() {
        for (worker, _) in &all {
            let _ = kill(*worker, Signal::SIGTERM);
        }
        std::thread::sleep(Duration::from_millis(10));
        all.retain(|(worker, _)| is_alive(*worker));
    }
    let _ = listener.set_nonblocking(false);
    unsafe { sigaction(Signal::SIGHUP, &hup) }?;
    unsafe { sigaction(Signal::SIGTERM, &term) }?;
    result
}

fn is_alive(worker: Pid) -> bool {
    waitpid(worker, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive)
}

fn work(listener: &TcpListener, handle: &dyn Fn(TcpStream)) {
    while !STOP.load(Ordering::SeqCst) {
        if let Ok((client, _)) = listener.accept() {
            let _ = client.set_nonblocking(false);
            handle(client);
        }
    }
}
