//! Both handlers write a byte into a pipe, and the loop reads the bytes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub done: Vec<usize>,
    pub not_done: Vec<usize>,
}

static PIPE: AtomicI32 = AtomicI32::new(-1);

extern "C" fn write_it(signal: i32) {
    let errno = Errno::last();
    let byte = signal as u8;
    unsafe { libc::write(PIPE.load(Ordering::Relaxed), (&raw const byte).cast(), 1) };
    errno.set();
}

pub fn process_until_told(
    items: usize,
    at_once: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Report> {
    let mut ends = [0; 2];
    Errno::result(unsafe { libc::pipe(ends.as_mut_ptr()) })?;
    PIPE.store(ends[1], Ordering::Relaxed);
    let action = SigAction::new(SigHandler::Handler(write_it), SaFlags::SA_RESTART, SigSet::empty());
    let before_term = unsafe { sigaction(Signal::SIGTERM, &action) }?;
    let before_child = unsafe { sigaction(Signal::SIGCHLD, &action) }?;
    let result = run(items, at_once, &work, ends);
    unsafe { sigaction(Signal::SIGCHLD, &before_child) }?;
    unsafe { sigaction(Signal::SIGTERM, &before_term) }?;
    for end in ends {
        unsafe { libc::close(end) };
    }
    result
}

fn run(items: usize, at_once: usize, work: &dyn Fn(usize) -> u8, ends: [i32; 2]) -> nix::Result<Report> {
    let mut running: Vec<(Pid, usize)> = Vec::new();
    let mut report = Report::default();
    let (mut next, mut told, mut failed) = (0, 0, None);
    loop {
        while told == 0 && failed.is_none() && next < items && running.len() < at_once {
            match unsafe { fork() } {
                Ok(ForkResult::Child) => {
                    // Its signals are not the parent's business.
                    PIPE.store(-1, Ordering::Relaxed);
                    for end in ends {
                        unsafe { libc::close(end) };
                    }
                    let status = catch_unwind(AssertUnwindSafe(|| work(next))).unwrap_or(101);
                    exit(status.into())
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
        let mut byte = 0u8;
        match unsafe { libc::read(ends[0], (&raw mut byte).cast(), 1) } {
            1 if i32::from(byte) == libc::SIGTERM => told += 1,
            _ => {}
        }
        if told > 1 {
            for (child, _) in &running {
                let _ = kill(*child, Signal::SIGKILL);
            }
        }
        running.retain(|(child, item)| match waitpid(*child, Some(WaitPidFlag::WNOHANG)) {
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
