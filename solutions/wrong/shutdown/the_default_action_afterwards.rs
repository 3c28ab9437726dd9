//! Afterwards SIGTERM has its default action, even if the caller had a handler.
//!
//! base: handler_and_counter
//! verdict: state not restored
//! check: the_callers_handler_stays
//! says: SIGTERM

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub done: Vec<usize>,
    pub not_done: Vec<usize>,
}

static TOLD: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_signal: i32) {
    TOLD.fetch_add(1, Ordering::Relaxed);
}

pub fn process_until_told(
    items: usize,
    at_once: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Report> {
    TOLD.store(0, Ordering::Relaxed);
    let action = SigAction::new(SigHandler::Handler(count), SaFlags::empty(), SigSet::empty());
    unsafe { sigaction(Signal::SIGTERM, &action) }?;
    let before = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    let result = run(items, at_once, &work);
    unsafe { sigaction(Signal::SIGTERM, &before) }?;
    result
}

fn run(items: usize, at_once: usize, work: &dyn Fn(usize) -> u8) -> nix::Result<Report> {
    let mut running: HashMap<Pid, usize> = HashMap::new();
    let mut report = Report::default();
    let mut next = 0;
    let mut failed = None;
    loop {
        while next < items
            && running.len() < at_once
            && failed.is_none()
            && TOLD.load(Ordering::Relaxed) == 0
        {
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
        if TOLD.load(Ordering::Relaxed) > 1 {
            for child in running.keys() {
                kill(*child, Signal::SIGKILL)?;
            }
        }
        std::thread::sleep(Duration::from_millis(5));
        running.retain(|child, item| match waitpid(*child, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => true,
            Ok(WaitStatus::Exited(_, 0)) => {
                report.done.push(*item);
                false
            }
            _ => {
                report.not_done.push(*item);
                false
            }
        });
    }
    report.not_done.extend(next..items);
    report.done.sort();
    report.not_done.sort();
    failed.map_or(Ok(report), Err)
}
