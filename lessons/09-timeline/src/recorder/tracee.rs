//! What is known of one thread that is traced, and how its wait goes on over a signal.

use nix::libc;
use nix::unistd::Pid;
use timeline::WaitOver;

use super::wait_call::{Outcome, Place, WaitCall, is_wait};

pub(super) struct Tracee {
    /// The PID of its process.
    pub(super) process: u32,
    /// The wait it is in.
    pub(super) wait: Option<WaitCall>,
    /// The call it is in while a signal's handler interrupts that wait.
    handlers_call: Option<u64>,
    /// Whether its process is stopped, as by Ctrl-Z.
    pub(super) stopped: bool,
}

impl Tracee {
    pub(super) fn new(process: u32) -> Self {
        Tracee { process, wait: None, handlers_call: None, stopped: false }
    }

    /// It begins `wait`; or begins it anew after a signal, which gives false.
    pub(super) fn begins(&mut self, wait: WaitCall) -> bool {
        self.handlers_call = None;
        self.wait.replace(wait) != Some(wait)
    }

    /// It enters or leaves a system call in the course of a wait. This gives what the wait came
    /// to, if it is over.
    ///
    /// A handler may run in between, and make calls of its own. The last is `sigreturn`, whose
    /// result is the wait's: EINTR, or whatever the kernel needs to begin the wait anew.
    pub(super) fn passes(&mut self, pid: Pid, place: &Place) -> Option<Outcome> {
        let wait = self.wait?;
        let outcome = match (place, self.handlers_call.take()) {
            (Place::Entry(call), _) => {
                self.handlers_call = (!is_wait(*call)).then_some(*call);
                return None;
            }
            (Place::Exit(result), None) => wait.outcome(pid, *result),
            (Place::Exit(result), Some(call)) if is_interrupted(call, *result) => {
                Outcome::Over(WaitOver::Interrupted)
            }
            _ => return None,
        };
        if outcome != Outcome::Restarts {
            self.wait = None;
        }
        Some(outcome)
    }
}

fn is_interrupted(call: u64, result: i64) -> bool {
    call == libc::SYS_rt_sigreturn as u64 && result == -i64::from(libc::EINTR)
}
