//! A status from 128 to 200 is no failure.
//!
//! base: reference
//! verdict: check failed
//! check: five_hundred_items

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Which items are done and which are not, each list in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Their children ended with status 0.
    pub done: Vec<usize>,
    /// Not begun, failed, or killed.
    pub not_done: Vec<usize>,
}

/// Processes all items, or stops early when SIGTERM arrives.
///
/// # Errors
///
/// Fails if a child cannot be forked.
pub fn process_until_told(
    items: usize,
    at_once: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Report> {
    // From here on, the two signals remain pending until the loop asks for them. The children
    // inherit the mask, so SIGTERM does not end them either.
    let events: SigSet = [Signal::SIGTERM, Signal::SIGCHLD].into_iter().collect();
    let before = events.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let mut all = Items { waiting: (0..items).collect(), ..Items::default() };
    let result = all.run(at_once, &events, work);
    take_the_rest(&events)?;
    before.thread_set_mask()?;
    result.map(|()| all.into_report())
}

/// Every item is in one of these places.
#[derive(Default)]
struct Items {
    waiting: VecDeque<usize>,
    running: BTreeMap<Pid, usize>,
    report: Report,
}

impl Items {
    /// Returns when no child is left.
    fn run(
        &mut self,
        at_once: usize,
        events: &SigSet,
        work: impl Fn(usize) -> u8,
    ) -> nix::Result<()> {
        let (mut told, mut failed) = (false, None);
        loop {
            while !told && failed.is_none() && self.running.len() < at_once {
                let Some(item) = self.waiting.front().copied() else { break };
                match start(|| work(item)) {
                    Ok(child) => {
                        self.waiting.pop_front();
                        self.running.insert(child, item);
                    }
                    Err(error) => failed = Some(error),
                }
            }
            if self.running.is_empty() {
                return failed.map_or(Ok(()), Err);
            }
            match events.wait()? {
                Signal::SIGCHLD => self.reap()?,
                _first if !told => told = true,
                _second => self.kill_all(),
            }
        }
    }

    /// One SIGCHLD may stand for several children, so this checks each of them.
    fn reap(&mut self) -> nix::Result<()> {
        let children: Vec<Pid> = self.running.keys().copied().collect();
        for child in children {
            let status = waitpid(child, Some(WaitPidFlag::WNOHANG))?;
            let (WaitStatus::Exited(..) | WaitStatus::Signaled(..)) = status else { continue };
            let item = self.running.remove(&child).unwrap_or_default();
            match status {
                WaitStatus::Exited(_, 0 | 128..=200) => self.report.done.push(item),
                _ => self.report.not_done.push(item),
            }
        }
        Ok(())
    }

    fn kill_all(&self) {
        for child in self.running.keys() {
            let _ = kill(*child, Signal::SIGKILL); // not yet reaped, so the PID is valid
        }
    }

    fn into_report(self) -> Report {
        let mut report = self.report;
        report.not_done.extend(self.waiting);
        report.done.sort_unstable();
        report.not_done.sort_unstable();
        report
    }
}

/// A third SIGTERM is for this function too. If it remained pending, it would end the caller.
fn take_the_rest(events: &SigSet) -> nix::Result<()> {
    while is_pending(Signal::SIGTERM)? || is_pending(Signal::SIGCHLD)? {
        events.wait()?;
    }
    Ok(())
}

fn is_pending(signal: Signal) -> nix::Result<bool> {
    // SAFETY: zeroes are a valid set.
    let mut pending: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a set that lives through the call.
    Errno::result(unsafe { libc::sigpending(&raw mut pending) })?;
    // SAFETY: the kernel has written the set, and the number is that of a signal.
    Ok(unsafe { libc::sigismember(&raw const pending, signal as i32) } == 1)
}

/// Forks a child that does `work` and ends, and returns its PID.
fn start(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            exit(status.into())
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
