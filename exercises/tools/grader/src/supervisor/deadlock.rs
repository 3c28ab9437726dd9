//! Tells that a case hangs for ever, long before its time is over.
//!
//! The argument: take two looks at all threads of all processes of the case. If at both looks
//! every thread is blocked in a wait that only another process of the case can end, and none has
//! been given the processor in between, then none has run in between; and a thread that does not
//! run ends no other thread's wait. Waits that time or a process outside may end (sleep, a time
//! limit, the network, files, signals) do not count as such, and a case that has set a timer is
//! not judged at all.

use std::fs;
use std::time::{Duration, Instant};

use nix::unistd::Pid;
use procinfo::State;

use super::open_file::OpenFile;
use super::process::Process;
use super::system_call::{SystemCall, Wait};

/// How far two looks are apart.
const STILL: Duration = Duration::from_millis(100);

/// Remembers the last look.
pub(super) struct DeadlockDetector {
    at: Instant,
    last: Option<Vec<Thread>>,
}

/// What a blocked thread waits for, and how often it has been given the processor so far.
#[derive(PartialEq, Eq)]
struct Thread {
    folder: String,
    call: Option<SystemCall>,
    switches: Vec<String>,
}

impl DeadlockDetector {
    pub(super) fn new() -> Self {
        DeadlockDetector { at: Instant::now(), last: None }
    }

    /// Whether no process has moved since the last look, or can move any more. Between two looks
    /// it does not call `processes`.
    pub(super) fn look(&mut self, processes: impl FnOnce() -> Vec<Process>) -> bool {
        if self.at.elapsed() < STILL {
            return false;
        }
        let now = blocked(&processes());
        let hangs = now.is_some() && now == self.last;
        (self.at, self.last) = (Instant::now(), now);
        hangs
    }
}

/// All threads, each blocked; `None` if one of them may go on by itself, or there is none.
fn blocked(processes: &[Process]) -> Option<Vec<Thread>> {
    let living = processes.iter().filter(|process| !process.is_zombie());
    let threads: Option<Vec<Vec<Thread>>> = living.map(blocked_threads).collect();
    let threads: Vec<Thread> = threads?.into_iter().flatten().collect();
    (!threads.is_empty()).then_some(threads)
}

/// All threads of the process; `None` if one of them may go on.
fn blocked_threads(process: &Process) -> Option<Vec<Thread>> {
    let entries = fs::read_dir(format!("/proc/{}/task", process.pid)).ok()?;
    let folders = entries.flatten().map(|entry| entry.path().to_string_lossy().into_owned());
    folders.map(|folder| blocked_thread(process, folder)).collect()
}

fn blocked_thread(process: &Process, folder: String) -> Option<Thread> {
    let status = fs::read_to_string(format!("{folder}/status")).ok()?;
    let switches = status.lines().filter(|line| line.contains("ctxt_switches"));
    let switches = switches.map(str::to_owned).collect();
    if process.state == State::Stopped {
        return Some(Thread { folder, call: None, switches }); // until one of the others signals it
    }
    let call = SystemCall::of(&folder)?;
    let hopeless = match call.wait() {
        Wait::Child(_) | Wait::Lock { limited: false } => true,
        Wait::Read(descriptor) | Wait::Write(descriptor) => is_private(process.pid, descriptor),
        Wait::Ready(ready) => {
            let descriptors = ready.descriptors(&folder)?;
            descriptors.into_iter().all(|descriptor| is_private(process.pid, descriptor))
        }
        _ => false,
    };
    hopeless.then_some(Thread { folder, call: Some(call), switches })
}

fn is_private(pid: Pid, descriptor: i64) -> bool {
    OpenFile::of(pid, descriptor).is_some_and(|file| file.is_private())
}
