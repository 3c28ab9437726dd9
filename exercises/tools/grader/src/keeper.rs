//! The process between warden and case: it starts the case, adopts every process whose own
//! parent ended without waiting for it, and tells the warden about each that it had to reap.
//! In a PID namespace it is process 1.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::{ForkResult, Pid, fork};

use crate::board::Board;
use crate::case::{self, Setup};
use crate::containment::{GATE, switched_off};
use crate::events::Kind;
use crate::{gate, hooks, platform};

/// Starts the case and reaps until nobody is left. `outputs` are for the case only.
pub(crate) fn run(setup: &Setup, outputs: [OwnedFd; 2], news: &UnixStream) -> ! {
    platform::die_with_parent();
    platform::adopt_orphans();
    let listener = switched_off(GATE).ok().and_then(|()| gate::install(&off_limits(setup)).ok());
    let _ = gate::hand_over(listener.as_ref(), news); // if the warden is gone, so are we soon
    drop(listener); // only the warden answers
    // SAFETY: this process has one thread, like the warden from which it was forked.
    match unsafe { fork() } {
        Err(error) => {
            eprintln!("grader: fork failed: {error}");
            hooks::exit_unrecorded(1)
        }
        Ok(ForkResult::Child) => case::run(setup, outputs),
        Ok(ForkResult::Parent { .. }) => {
            drop(outputs); // so that the warden sees end-of-file when the learner closes them
            reap_all(setup.board, news);
            hooks::exit_unrecorded(0)
        }
    }
}

/// Processes that the case must not signal, by the numbers that it knows them by.
fn off_limits(setup: &Setup) -> Vec<Pid> {
    let mut processes = vec![Pid::this(), Pid::from_raw(1)];
    if !setup.containment.is_namespace() {
        processes.extend([Pid::parent(), setup.harness]);
    }
    processes
}

/// The board learns of them first: of a case that has ended, everything is on it.
fn reap_all(board: &Board, mut news: &UnixStream) {
    loop {
        match hooks::wait_unrecorded(-1, 0) {
            Ok((pid, status)) => {
                board.record(Kind::Reaped, pid, Pid::this().as_raw(), status);
                let _ = news.write_all(&encode(pid, status));
            }
            Err(Errno::EINTR) => {}
            Err(_) => return, // ECHILD: nobody is left
        }
    }
}

/// What the warden is told of a process that was reaped.
fn encode(pid: i32, status: i32) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    record[..4].copy_from_slice(&pid.to_ne_bytes());
    record[4..].copy_from_slice(&status.to_ne_bytes());
    record
}

const RECORD: usize = 8;

/// Takes the complete records out of `bytes`.
pub(crate) fn take_news(bytes: &mut Vec<u8>) -> Vec<WaitStatus> {
    let whole = bytes.len() - bytes.len() % RECORD;
    let taken: Vec<u8> = bytes.drain(..whole).collect();
    taken.chunks_exact(RECORD).filter_map(decode).collect()
}

fn decode(record: &[u8]) -> Option<WaitStatus> {
    let (pid, status) = record.split_at_checked(4)?;
    let pid = i32::from_ne_bytes(pid.try_into().ok()?);
    let status = i32::from_ne_bytes(status.try_into().ok()?);
    WaitStatus::from_raw(Pid::from_raw(pid), status).ok()
}
