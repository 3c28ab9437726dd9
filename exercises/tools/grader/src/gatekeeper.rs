//! The warden at the gate: it counts processes, and decides who may fork.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::Ordering::Relaxed;

use nix::poll::poll;
use nix::unistd::Pid;

use crate::board::Board;
use crate::events::Kind;
use crate::gate::{Gate, Wish};
use crate::process;

/// How long a fork takes at most, in milliseconds, as far as counting is concerned: one that takes
/// longer, on a busy machine, is overlooked once.
const UNDER_WAY: u8 = 2;

/// The warden, as it watches over the number of processes.
pub(crate) struct Gatekeeper<'a> {
    gate: Option<Gate>,
    board: &'a Board,
    keeper: Pid,
    /// How many processes there may be, the case included.
    allowed: usize,
    /// How many have been let through, and may be alive.
    perhaps_alive: usize,
}

impl<'a> Gatekeeper<'a> {
    /// `limit` does not count the case itself.
    pub(crate) fn new(gate: Option<Gate>, board: &'a Board, keeper: Pid, limit: u32) -> Self {
        if gate.is_some() {
            board.processes_allowed.store(u32::MAX, Relaxed); // the hook need not count
        }
        Gatekeeper { gate, board, keeper, allowed: limit as usize + 1, perhaps_alive: 0 }
    }

    /// Where it shows that somebody has come.
    pub(crate) fn listener(&self) -> Option<BorrowedFd<'_>> {
        self.gate.as_ref().map(AsFd::as_fd)
    }

    /// Answers who has come. Who wants to fork when the limit is reached gets no answer, and so
    /// does nothing any more.
    pub(crate) fn answer(&mut self) {
        let Some(gate) = self.gate.take() else { return };
        while let Some(request) = gate.next() {
            let own_pid = process::own_pid(request.pid).unwrap_or(request.pid);
            match request.wish {
                Wish::Signal { target, signal } => {
                    self.board.record(Kind::SignalRefused, own_pid, target, signal);
                    gate.refuse(&request);
                }
                Wish::Fork if self.has_room() => gate.allow(&request),
                Wish::Fork => {
                    self.board.record(Kind::OneTooMany, own_pid, 0, 0);
                    self.board.one_too_many.fetch_add(1, Relaxed);
                }
            }
        }
        self.gate = Some(gate);
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

    /// Whether there are too many, which can only be where there is no gate.
    pub(crate) fn too_many(&self) -> bool {
        self.gate.is_none() && self.count() > self.allowed
    }

    /// How many processes there are, zombies too; if more than allowed, not exactly.
    fn count(&self) -> usize {
        process::count_below(self.keeper.as_raw(), 2 * self.allowed)
    }
}
