//! SIGTERM is read from a signalfd with a time limit, and the children are asked in between.
//!
//! only: linux

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub done: Vec<usize>,
    pub not_done: Vec<usize>,
}

pub fn process_until_told(
    items: usize,
    at_once: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Report> {
    let term = SigSet::from(Signal::SIGTERM);
    let before = term.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let result = run(items, at_once, &term, &work);
    before.thread_set_mask()?;
    result
}

fn run(items: usize, at_once: usize, term: &SigSet, work: &dyn Fn(usize) -> u8) -> nix::Result<Report> {
    let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
    let signals = SignalFd::with_flags(term, flags)?;
    let mut states: BTreeMap<usize, bool> = BTreeMap::new();
    let mut running: BTreeMap<Pid, usize> = BTreeMap::new();
    let (mut told, mut next, mut failed) = (0, 0, None);
    loop {
        while told == 0 && failed.is_none() && next < items && running.len() < at_once {
            match unsafe { fork() } {
                Ok(ForkResult::Child) => {
                    let status = catch_unwind(AssertUnwindSafe(|| work(next))).unwrap_or(101);
                    exit(status.into())
                }
                Ok(ForkResult::Parent { child }) => {
                    running.insert(child, next);
                    next += 1;
                }
                Err(error) => failed = Some(error),
            }
        }
        if running.is_empty() {
            break;
        }
        let _ = poll(&mut [PollFd::new(signals.as_fd(), PollFlags::POLLIN)], 5u8); // or EINTR
        if signals.read_signal()?.is_some() {
            told += 1;
        }
        if told > 1 {
            running.keys().for_each(|child| { let _ = kill(*child, Signal::SIGKILL); });
        }
        running.retain(|child, item| {
            let status = waitpid(*child, Some(WaitPidFlag::WNOHANG));
            if status == Ok(WaitStatus::StillAlive) {
                return true;
            }
            states.insert(*item, matches!(status, Ok(WaitStatus::Exited(_, 0))));
            false
        });
    }
    while signals.read_signal()?.is_some() {} // a third one
    if let Some(error) = failed {
        return Err(error);
    }
    let is_done = |item: &usize| states.get(item) == Some(&true);
    let (done, not_done) = (0..items).partition(is_done);
    Ok(Report { done, not_done })
}
