//! Memory that all processes of one case share: what happened, in order, and what was said.
//! Everything in it is atomic, so it may be written at any moment, also between `fork` and the
//! child's first step.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering::*};
use std::time::Duration;

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::time::{ClockId, clock_gettime};

use crate::events::{Event, Kind};

/// So many events are kept. Those that come later are counted and lost.
const EVENTS: usize = 4096;

/// So many bytes of a message are kept.
const MESSAGE: usize = 2048;

/// Written by the case and its descendants, read by the warden when they have ended. Every field
/// is valid as zeroes, which is what the kernel fills a new mapping with.
pub(crate) struct Board {
    // Set by the warden before the case starts.
    epoch: AtomicU64,
    pub(crate) processes_allowed: AtomicU32,
    pub(crate) fork_fails_after: AtomicU32,
    // Set by the case.
    pub(crate) case: AtomicI32,
    pub(crate) keeper: AtomicI32,
    pub(crate) returned: AtomicU32,
    pub(crate) zombies: AtomicU32,
    pub(crate) running: AtomicU32,
    pub(crate) descriptors: AtomicU64,
    pub(crate) case_said: Message,
    // Written by whoever is first.
    pub(crate) child_said: Message,
    // Counted by all.
    pub(crate) forks: AtomicU32,
    pub(crate) ends: AtomicU32,
    pub(crate) one_too_many: AtomicU32,
    pub(crate) timers: AtomicU32,
    next: AtomicU32,
    slots: [Slot; EVENTS],
}

/// Values of `Board::returned`.
pub(crate) const RETURNED: u32 = 1;
pub(crate) const PANICKED: u32 = 2;

struct Slot {
    kind: AtomicU32,
    pid: AtomicI32,
    other: AtomicI32,
    value: AtomicI32,
    nanoseconds: AtomicU64,
}

/// A text that the first process to speak writes, once.
pub(crate) struct Message {
    writer: AtomicI32,
    length: AtomicU32,
    bytes: [AtomicU8; MESSAGE],
}

impl Board {
    /// A new board, shared with all processes forked from now on.
    pub(crate) fn shared(
        processes_allowed: u32,
        fork_fails_after: u32,
    ) -> nix::Result<&'static Self> {
        let length = NonZeroUsize::new(size_of::<Board>()).expect("BUG: a board has a size");
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: an anonymous mapping at an address of the kernel's choice replaces nothing.
        let memory = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED)? };
        // SAFETY: the mapping is as large as a Board, starts at a page's start, is never unmapped,
        // and is full of zeroes, which are valid for every field.
        let board = unsafe { memory.cast::<Board>().as_ref() };
        board.epoch.store(now(), Relaxed);
        board.processes_allowed.store(processes_allowed, Relaxed);
        board.fork_fails_after.store(fork_fails_after, Relaxed);
        Ok(board)
    }

    /// Records that something happened to `pid`. What `other` and `value` are: see [`Kind`].
    pub(crate) fn record(&self, kind: Kind, pid: i32, other: i32, value: i32) {
        if matches!(kind, Kind::Exit | Kind::CameBack | Kind::Panicked) {
            self.ends.fetch_add(1, Relaxed);
        }
        let index = self.next.fetch_add(1, Relaxed) as usize;
        let Some(slot) = self.slots.get(index) else { return };
        slot.nanoseconds.store(now() - self.epoch.load(Relaxed), Relaxed);
        slot.pid.store(pid, Relaxed);
        slot.other.store(other, Relaxed);
        slot.value.store(value, Relaxed);
        slot.kind.store(kind as u32, Release); // last: a slot with a kind is complete
    }

    /// How many processes seem to be alive, the case itself not counted. Too high if some ended
    /// by a signal.
    pub(crate) fn alive(&self) -> u32 {
        self.forks.load(Relaxed).saturating_sub(self.ends.load(Relaxed))
    }

    /// How long ago it was made.
    pub(crate) fn age(&self) -> Duration {
        Duration::from_nanos(now() - self.epoch.load(Relaxed))
    }

    /// Whether there was no room for something that happened.
    pub(crate) fn is_over_full(&self) -> bool {
        self.next.load(Acquire) as usize > EVENTS
    }

    /// What has been recorded so far, in order.
    pub(crate) fn events(&self) -> Vec<Event> {
        let count = self.next.load(Acquire) as usize;
        self.slots.iter().take(count).filter_map(Slot::read).collect()
    }
}

impl Slot {
    /// `None` if the slot is empty, or its writer was killed before it was done.
    fn read(&self) -> Option<Event> {
        let kind = Kind::from_number(self.kind.load(Acquire))?;
        Some(Event {
            kind,
            at: Duration::from_nanos(self.nanoseconds.load(Relaxed)),
            pid: self.pid.load(Relaxed),
            other: self.other.load(Relaxed),
            value: self.value.load(Relaxed),
        })
    }
}

impl Message {
    /// Writes `text`, unless a process has spoken before.
    pub(crate) fn write(&self, pid: i32, text: &str) {
        if self.writer.compare_exchange(0, pid, AcqRel, Acquire).is_err() {
            return;
        }
        let length = text.floor_char_boundary(MESSAGE);
        for (cell, byte) in self.bytes.iter().zip(text[..length].bytes()) {
            cell.store(byte, Relaxed);
        }
        self.length.store(length as u32, Release);
    }

    /// Who spoke, and what.
    pub(crate) fn read(&self) -> Option<(i32, String)> {
        let length = self.length.load(Acquire) as usize;
        let bytes = self.bytes.iter().take(length).map(|byte| byte.load(Relaxed)).collect();
        let text = String::from_utf8(bytes).ok()?;
        (length > 0).then(|| (self.writer.load(Acquire), text))
    }
}

/// Nanoseconds on a clock that only goes forward and is the same in all processes.
fn now() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC);
    time.map_or(0, |time| Duration::from(time).as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_in_order_and_surplus_ones_are_dropped() {
        let board = Board::shared(1, 1).unwrap();
        for pid in 1..=EVENTS as i32 + 5 {
            board.record(Kind::Fork, pid, 0, 0);
        }
        let pids: Vec<i32> = board.events().iter().map(|event| event.pid).collect();
        assert_eq!(pids, Vec::from_iter(1..=EVENTS as i32));
    }

    #[test]
    fn the_first_message_stays_and_is_cut_between_characters() {
        let board = Board::shared(1, 1).unwrap();
        assert_eq!(board.case_said.read(), None);
        board.case_said.write(7, &"€".repeat(MESSAGE));
        board.case_said.write(8, "later");
        assert_eq!(board.case_said.read(), Some((7, "€".repeat(MESSAGE / 3))));
    }
}
