//! The summary after the command has ended.

use std::ffi::OsStr;
use std::fmt;
use std::time::Duration;

use lesson_cli::printable;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::sys::wait::WaitStatus;

use crate::sample::Process;
use crate::table::bytes;

/// The maximum over all samples.
#[derive(Debug, Default)]
pub(crate) struct Peak {
    processes: usize,
    memory: u64,
}

impl Peak {
    pub(crate) fn note(&mut self, sample: &[Process]) {
        let memory = sample.iter().map(|process| process.memory).sum();
        self.processes = self.processes.max(sample.len());
        self.memory = self.memory.max(memory);
    }
}

impl fmt::Display for Peak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "most in one sample: processes {}, memory at most {}",
            self.processes,
            bytes(self.memory)
        )
    }
}

/// How the command ended, after how long, and what it used.
pub(crate) fn end_of(program: &OsStr, status: WaitStatus, elapsed: Duration) -> String {
    let how = match status {
        WaitStatus::Exited(_, code) => format!("ended with exit status {code}"),
        WaitStatus::Signaled(_, signal, _) => format!("was ended by {signal}"),
        other => format!("ended: {other:?}"),
    };
    let (program, elapsed) = (printable(program), elapsed.as_secs_f64());
    format!("'{program}' {how} after {elapsed:.1} s, CPU {:.2} s", cpu_time().as_secs_f64())
}

/// What all processes that have been waited for used together: exact, unlike the samples.
fn cpu_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN);
    let used = usage.map(|usage| usage.user_time() + usage.system_time());
    used.map_or(Duration::ZERO, |used| {
        Duration::from_micros(used.num_microseconds().cast_unsigned())
    })
}

/// Names the descendants that live on without the command.
pub(crate) fn left_behind(processes: &[Process]) -> String {
    let line = |process: &Process| format!("\n  {} {}", process.pid, printable(&process.command));
    match processes {
        [] => String::new(),
        _ => {
            "\nleft behind, and still running:".to_owned()
                + &processes.iter().map(line).collect::<String>()
        }
    }
}
