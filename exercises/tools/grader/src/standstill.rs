//! Tells that a case hangs for ever, long before its time is over.
//!
//! The argument: take two looks at all threads of all processes of the case. If at both looks
//! every thread is blocked in a wait that only another process of the case can end, and none has
//! been given the processor in between, then none has run in between; and who does not run ends
//! nobody's wait. Waits that time or somebody outside may end (sleep, a time limit, the network,
//! files, signals) do not count as such, and a case that has set a timer is not judged at all.

use std::fs;

use crate::call::{Call, Wait};
use crate::pipes::File;
use crate::process::Process;

/// What every thread waits for, and how often it has been given the processor so far.
#[derive(PartialEq, Eq)]
pub(crate) struct Standstill(Vec<Thread>);

#[derive(PartialEq, Eq)]
struct Thread {
    folder: String,
    call: Option<Call>,
    switches: Vec<String>,
}

impl Standstill {
    /// `None` if anybody may go on by itself.
    pub(crate) fn of(processes: &[Process]) -> Option<Standstill> {
        let living = processes.iter().filter(|process| !process.is_zombie());
        let threads: Option<Vec<Vec<Thread>>> = living.map(blocked_threads).collect();
        let threads: Vec<Thread> = threads?.into_iter().flatten().collect();
        (!threads.is_empty()).then_some(Standstill(threads))
    }
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
    if process.state == 'T' {
        return Some(Thread { folder, call: None, switches }); // until one of the others signals it
    }
    let call = Call::of(&folder)?;
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

fn is_private(pid: i32, descriptor: i64) -> bool {
    File::of(pid, descriptor).is_some_and(|file| file.is_private())
}
