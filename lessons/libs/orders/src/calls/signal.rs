//! What signals would do to a process (`man 5 proc_pid_status`).

use nix::unistd::Pid;

/// Sets of signals: bit 0 is signal 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signals {
    pub(crate) pending: u64,
    blocked: u64,
    ignored: u64,
    caught: u64,
}

/// The bit of a signal; none for signal 0, which only asks.
pub(crate) fn bit(signal: i32) -> u64 {
    u32::try_from(signal - 1).ok().and_then(|shift| 1_u64.checked_shl(shift)).unwrap_or(0)
}

/// Whether the signal ends a process that has not set another action for it.
pub(crate) fn ends_by_default(signal: i32) -> bool {
    bit(signal) & !(bits(&STOPS) | bits(&NOTHING)) != 0
}

/// The signals whose default action stops the process.
const STOPS: [i32; 4] = [libc::SIGSTOP, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];

/// The signals whose default action does nothing to a process that is not stopped.
const NOTHING: [i32; 4] = [libc::SIGCHLD, libc::SIGURG, libc::SIGWINCH, libc::SIGCONT];

fn bits(signals: &[i32]) -> u64 {
    signals.iter().map(|signal| bit(*signal)).sum()
}

impl Signals {
    /// As they are now for process `pid`; all empty if it is gone.
    pub(crate) fn of(pid: Pid) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let mut signals = Signals::default();
        for line in status.lines() {
            let Some((field, value)) = line.split_once(":\t") else { continue };
            let value = || u64::from_str_radix(value.trim(), 16).unwrap_or(0);
            match field {
                "SigPnd" | "ShdPnd" => signals.pending |= value(),
                "SigBlk" => signals.blocked = value(),
                "SigIgn" => signals.ignored = value(),
                "SigCgt" => signals.caught = value(),
                _ => {}
            }
        }
        signals
    }

    /// Whether a pending signal acts as soon as the process continues: it has a handler, or its
    /// usual action ends the process with a core dump. (Other signals that end it do so at once.)
    pub(crate) fn deliverable(&self) -> bool {
        self.pending & !self.blocked & (self.caught | self.dumps_core()) != 0
    }

    fn dumps_core(&self) -> u64 {
        use libc::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS, SIGTRAP, SIGXCPU};
        let core = [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS, SIGTRAP, SIGXCPU];
        bits(&core) & !self.caught & !self.ignored
    }

    /// Whether a pending signal would end a `sigsuspend` with this mask.
    pub(crate) fn deliverable_with(&self, mask: u64) -> bool {
        Signals { blocked: mask, ..*self }.deliverable()
    }

    /// Whether one of `signals` is pending, as `sigtimedwait` asks.
    pub(crate) fn any_pending(&self, signals: u64) -> bool {
        self.pending & signals != 0
    }

    /// Whether the process notices the signal at all, in the way it is set up now.
    pub(crate) fn notices(&self, signal: i32) -> bool {
        let bit = bit(signal);
        let ignored =
            self.ignored & bit != 0 || (bits(&NOTHING) & bit != 0 && self.caught & bit == 0);
        bit != 0 && (!ignored || self.blocked & bit != 0)
    }

    /// Whether the signal would end the process, in the way it is set up now.
    pub(crate) fn ends_by(&self, signal: i32) -> bool {
        let acts = self.blocked & bit(signal) == 0 && self.caught & bit(signal) == 0;
        let always = signal == libc::SIGKILL;
        always || (acts && self.notices(signal) && ends_by_default(signal))
    }

    /// Whether the signal would stop the process, in the way it is set up now, or as soon as it is no
    /// longer blocked. (A group that is orphaned is not stopped by all of these signals.)
    pub(crate) fn may_stop_by(&self, signal: i32) -> bool {
        let always = signal == libc::SIGSTOP;
        let acts = (self.ignored | self.caught) & bit(signal) == 0;
        always || (acts && bits(&STOPS) & bit(signal) != 0)
    }

    /// Whether children of this process vanish as they end, instead of becoming zombies.
    pub(crate) fn discards_children(&self) -> bool {
        self.ignored & bit(libc::SIGCHLD) != 0
    }
}

/// The name of a signal, such as `SIGTERM`.
pub(crate) fn name(signal: i32) -> String {
    nix::sys::signal::Signal::try_from(signal)
        .map_or_else(|_| format!("signal {signal}"), |signal| signal.as_str().to_owned())
}
