//! Handlers that run in sigsuspend only, so that flags cannot change between a look and the wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, kill, sigaction};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub done: Vec<usize>,
    pub not_done: Vec<usize>,
}

static TOLD: AtomicUsize = AtomicUsize::new(0);

extern "C" fn on_signal(signal: i32) {
    TOLD.fetch_add(usize::from(signal == libc::SIGTERM), SeqCst);
}

const SIGNALS: [Signal; 2] = [Signal::SIGTERM, Signal::SIGCHLD];

pub fn process_until_told(
    items: usize,
    at_once: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Report> {
    TOLD.store(0, SeqCst);
    let both: SigSet = SIGNALS.into_iter().collect();
    let before = both.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let handler = SigAction::new(SigHandler::Handler(on_signal), SaFlags::empty(), SigSet::all());
    let actions = SIGNALS.map(|signal| unsafe { sigaction(signal, &handler) });
    let mut open = before;
    SIGNALS.into_iter().for_each(|signal| open.remove(signal));
    let result = rounds(items, at_once, &open, &work);
    // What is pending reaches the handlers while they are there.
    open.thread_set_mask()?;
    both.thread_block()?;
    for (signal, action) in SIGNALS.into_iter().zip(actions) {
        unsafe { sigaction(signal, &action?) }?;
    }
    before.thread_set_mask()?;
    result
}

fn rounds(items: usize, at_once: usize, open: &SigSet, work: &dyn Fn(usize) -> u8) -> nix::Result<Report> {
    let mut running: Vec<(Pid, usize)> = Vec::new();
    let mut is_done = vec![false; items];
    let (mut next, mut failed) = (0, None);
    loop {
        let begins = |running: usize| running < at_once && TOLD.load(SeqCst) == 0;
        while next < items && failed.is_none() && begins(running.len()) {
            match unsafe { fork() } {
                Ok(ForkResult::Child) => {
                    exit(catch_unwind(AssertUnwindSafe(|| work(next))).unwrap_or(101).into())
                }
                Ok(ForkResult::Parent { child }) => {
                    running.push((child, next));
                    next += 1;
                }
                Err(error) => failed = Some(error),
            }
        }
        if running.is_empty() {
            break;
        }
        let _ = open.suspend();
        if TOLD.load(SeqCst) > 1 {
            running.iter().for_each(|(child, _)| kill(*child, Signal::SIGKILL).unwrap_or_default());
        }
        running.retain(|(child, item)| match waitpid(*child, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => true,
            status => {
                is_done[*item] = matches!(status, Ok(WaitStatus::Exited(_, 0)));
                false
            }
        });
    }
    let (done, not_done) = (0..items).partition(|item| is_done[*item]);
    failed.map_or(Ok(Report { done, not_done }), Err)
}
