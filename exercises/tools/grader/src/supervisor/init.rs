//! The process between supervisor and test process: it starts the test process, adopts every
//! process whose parent ended without waiting for it, and notifies the supervisor of each process
//! that it had to reap. In a PID namespace it is process 1.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::{ForkResult, Pid, fork};

use crate::case::containment::{NOTIFIER, switched_off};
use crate::case::{self, Setup, real};
use crate::shared::events::Kind;
use crate::shared::log::SharedLog;
use crate::sys::{self, ForkNotifier};

/// Starts the test process and reaps until no process is left. `outputs` are for the case only.
pub(super) fn run(setup: &Setup, outputs: [OwnedFd; 2], supervisor: &UnixStream) -> ! {
    let _ = procinfo::die_with_parent(Signal::SIGKILL); // a second fuse: the first is end-of-file
    let _ = procinfo::become_subreaper(); // process 1 of a namespace has that anyway
    if setup.containment.is_namespace() {
        let _ = sys::mount_own_proc(); // without it, the old one stays in sight
    }
    let listener = install_notifier(setup);
    let notified = listener.is_some();
    let _ = ForkNotifier::hand_over(listener.as_ref(), supervisor); // it may be gone, and so are we soon
    drop(listener); // only the supervisor answers
    // SAFETY: this process has one thread, like the supervisor from which it was forked.
    match unsafe { fork() } {
        Err(error) => {
            let why = format!("the test process cannot be forked: {}", error.desc());
            if error == Errno::EAGAIN {
                setup.log.refuse_process();
            }
            setup.log.cannot_begin(&why);
            real::exit_unrecorded(1)
        }
        Ok(ForkResult::Child) => case::run(setup, outputs, notified),
        Ok(ForkResult::Parent { .. }) => {
            drop(outputs); // so that the supervisor sees end-of-file when the learner closes them
            reap_all(setup.log, supervisor);
            real::exit_unrecorded(0)
        }
    }
}

/// In a namespace, the only process that the case must not signal is this one, by the number that
/// it is known by there. Elsewhere the supervisor is asked about each signal.
fn install_notifier(setup: &Setup) -> Option<OwnedFd> {
    switched_off(NOTIFIER).ok()?;
    let protected = [Pid::this(), Pid::from_raw(1)];
    let protected = setup.containment.is_namespace().then_some(protected.as_slice());
    ForkNotifier::install(protected).ok()
}

/// The log gets the event before the supervisor is notified: when the supervisor knows that the
/// test process has ended, everything about it is in the log.
fn reap_all(log: &SharedLog, mut supervisor: &UnixStream) {
    loop {
        match real::wait_unrecorded(-1, 0) {
            Ok((pid, status)) => {
                log.record(pid, Kind::Reaped { by: Pid::this().as_raw(), status });
                let _ = supervisor.write_all(&encode(pid, status));
            }
            Err(Errno::EINTR) => {}
            Err(_) => return, // ECHILD: no process is left
        }
    }
}

/// What the supervisor is told of a process that was reaped.
fn encode(pid: i32, status: i32) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    record[..4].copy_from_slice(&pid.to_ne_bytes());
    record[4..].copy_from_slice(&status.to_ne_bytes());
    record
}

const RECORD: usize = 8;

/// Takes the complete notifications out of `bytes`.
pub(super) fn take_notifications(bytes: &mut Vec<u8>) -> Vec<WaitStatus> {
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
