//! Counts the processes of a case, and decides whether one more may be created.

use std::os::fd::{AsFd, BorrowedFd};

use nix::poll::poll;
use nix::unistd::Pid;

use super::process;
use crate::shared::events::Kind;
use crate::shared::log::SharedLog;
use crate::sys::{self, ForkNotifier, Request};

/// How long a fork takes at most, in milliseconds, as far as counting is concerned: one that takes
/// longer, on a busy machine, is overlooked once.
const UNDER_WAY: u8 = 2;

/// Answers the processes that ask for a fork.
pub(super) struct ProcessLimiter<'a> {
    notifier: Option<ForkNotifier>,
    log: &'a SharedLog,
    init: Pid,
    in_namespace: bool,
    /// How many processes there may be, the test process included.
    allowed: usize,
    /// How many have been let through, and may be alive.
    perhaps_alive: usize,
}

impl<'a> ProcessLimiter<'a> {
    /// `limit` does not count the test process itself.
    pub(super) fn new(
        notifier: Option<ForkNotifier>,
        log: &'a SharedLog,
        init: Pid,
        in_namespace: bool,
        limit: u32,
    ) -> Self {
        let allowed = limit as usize + 1;
        ProcessLimiter { notifier, log, init, in_namespace, allowed, perhaps_alive: 0 }
    }

    /// Readable when a process has asked.
    pub(super) fn listener(&self) -> Option<BorrowedFd<'_>> {
        self.notifier.as_ref().map(AsFd::as_fd)
    }

    /// Answers the processes that have asked. One that asks for a fork when the limit is reached
    /// gets no answer, and so does nothing any more.
    pub(super) fn answer(&mut self) {
        let Some(notifier) = self.notifier.take() else { return };
        while let Some(notification) = notifier.next() {
            let pid = Pid::from_raw(notification.pid);
            let own_pid = sys::own_pid(pid).unwrap_or(pid).as_raw();
            match notification.request {
                Request::Signal { target, .. } if self.may_signal(target) => {
                    notifier.allow(&notification);
                }
                Request::Signal { target, signal } => {
                    self.log.record(own_pid, Kind::SignalRefused { target, signal });
                    notifier.refuse(&notification);
                }
                Request::Fork if self.has_room() => {
                    self.log.create(own_pid);
                    notifier.allow(&notification);
                }
                Request::Fork => self.log.stop(own_pid),
                Request::Thread => notifier.allow(&notification),
                Request::Unknown => notifier.deny_call(&notification),
            }
        }
        self.notifier = Some(notifier);
    }

    /// Whether a case without a namespace may signal this target of kill(2): itself, or a process
    /// or group of the case. In a namespace, only refused targets come here.
    fn may_signal(&self, target: i32) -> bool {
        if self.in_namespace || target == -1 {
            return false;
        }
        let pid = Pid::from_raw(target.abs());
        let mut case = process::pids_below(self.init, 2 * self.allowed).into_iter();
        match target {
            0 => true, // the group that the test process has made, or one below it
            1.. => case.any(|own| own == pid) || procinfo::stat(pid).is_err(),
            _ => case.any(|own| procinfo::stat(own).is_ok_and(|own| own.group == pid)),
        }
    }

    /// Whether one process more is allowed; then it counts.
    fn has_room(&mut self) -> bool {
        if self.perhaps_alive >= self.allowed {
            // Some have ended. Those let through last are given a moment to be there.
            let _ = poll(&mut [], UNDER_WAY);
            self.perhaps_alive = self.count();
        }
        let room = self.perhaps_alive < self.allowed;
        self.perhaps_alive += usize::from(room);
        room
    }

    /// Whether there are too many, which can only be where there is no notifier.
    pub(super) fn too_many(&self) -> bool {
        self.notifier.is_none() && self.count() > self.allowed
    }

    /// How many processes there are, zombies too; if more than allowed, not exactly.
    fn count(&self) -> usize {
        process::count_below(self.init, 2 * self.allowed)
    }
}
