//! The kinds of faults that a pool must survive, one file each. Each case is a program that once went
//! wrong, or one like it.

pub(crate) mod descriptors;
pub(crate) mod edges;
pub(crate) mod first_call;
pub(crate) mod left_behind;
pub(crate) mod program_panics;
pub(crate) mod silence;
pub(crate) mod slow_input;
pub(crate) mod threads;
pub(crate) mod wrong_process;

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
pub(crate) fn work_for(time: Duration) {
    std::thread::sleep(time);
}

pub(crate) fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

/// Stops this process, as a debugger does.
pub(crate) fn stop_myself() {
    nix::sys::signal::raise(Signal::SIGSTOP).unwrap();
}
