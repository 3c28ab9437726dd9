//! Memory that all processes of one case share: what happened, in order, and what was said.
//! Everything in it is atomic, so it may be written at any moment, also between `fork` and the
//! child's first step.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering::*};
use std::time::Duration;

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::unistd::Pid;

use super::calls::{Calls, Counter, Counters};
use super::changes::Changes;
use super::events::{DATA, Event, Kind};

/// How many events are kept. Later ones are counted and lost.
const EVENTS: usize = 4096;

/// How many bytes of a message are kept.
const MESSAGE: usize = 16 << 10;

/// How many pipes the test process's reads are counted of.
const PIPES: usize = 64;

/// How many limits of the test process are noted.
const LIMITS: usize = 4;

/// How many planted rules there may be.
pub(crate) const RULES: usize = 4096;

/// Written by the processes of a case, read by the supervisor. Every field is valid as zeroes,
/// which is what the kernel fills a new mapping with.
pub(crate) struct SharedLog {
    epoch: AtomicU64,
    // Written by the test process.
    test_process: AtomicI32,
    init: AtomicI32,
    outcome: AtomicU32,
    zombies: AtomicU32,
    running: AtomicU32,
    used: AtomicU64,
    takes_a_snapshot: AtomicU32,
    said: Message,
    not_begun: Message,
    limits: [AtomicU64; LIMITS],
    opened: Message,
    changed: Message,
    // Written by the child that is the first.
    child_said: Message,
    // Counted by all.
    forks: AtomicU32,
    ends: AtomicU32,
    forks_refused: AtomicU32,
    one_too_many: AtomicU32,
    timers: AtomicU32,
    asked_in_vain: AtomicU32,
    created: AtomicU32,
    uncounted: AtomicU32,
    calls_of_parent: Counters,
    calls_of_children: Counters,
    reads: [Reads; PIPES],
    rules: [AtomicU32; RULES],
    next: AtomicU32,
    slots: [Slot; EVENTS],
}

/// How the check's function came to its end in the test process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Returned = 1,
    Panicked,
}

/// What the test process found when the function had returned.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Leftovers {
    /// Children that had ended and had not been waited for.
    pub(crate) zombies: u32,
    /// Whether a child still ran.
    pub(crate) running: bool,
    /// The processor time that the test process itself had used.
    pub(crate) used: Duration,
}

struct Slot {
    kind: AtomicU32,
    pid: AtomicI32,
    data: [AtomicI32; DATA],
    nanoseconds: AtomicU64,
}

/// How often the test process has read from a pipe or socket.
struct Reads {
    inode: AtomicU64,
    count: AtomicU32,
}

/// A text that the first process to speak writes, once.
pub(crate) struct Message {
    writer: AtomicI32,
    length: AtomicU32,
    bytes: [AtomicU8; MESSAGE],
}

impl SharedLog {
    /// A new log, shared with all processes forked from now on.
    pub(crate) fn shared() -> nix::Result<&'static Self> {
        let length = NonZeroUsize::new(size_of::<SharedLog>()).expect("BUG: a log has a size");
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: an anonymous mapping at an address of the kernel's choice replaces nothing.
        let memory = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED)? };
        // SAFETY: the mapping is as large as a SharedLog, starts at a page's start, is never
        // unmapped, and is full of zeroes, which are valid for every field.
        let log = unsafe { memory.cast::<SharedLog>().as_ref() };
        log.epoch.store(now(), Relaxed);
        Ok(log)
    }

    /// Forgets what has been written, before another run. No process may use it meanwhile. The
    /// limits, which are the same for all runs, stay.
    pub(crate) fn clear(&self) {
        let taken = (self.next.load(Acquire) as usize).min(EVENTS);
        self.slots.iter().take(taken).for_each(|slot| slot.kind.store(0, Relaxed));
        for message in [&self.said, &self.not_begun, &self.opened, &self.changed, &self.child_said]
        {
            message.length.store(0, Relaxed);
            message.writer.store(0, Relaxed);
        }
        for number in [
            &self.outcome,
            &self.zombies,
            &self.running,
            &self.takes_a_snapshot,
            &self.forks,
            &self.ends,
            &self.forks_refused,
            &self.one_too_many,
            &self.timers,
            &self.asked_in_vain,
            &self.created,
            &self.uncounted,
            &self.next,
        ] {
            number.store(0, Relaxed);
        }
        let used = self.reads.iter().take_while(|reads| reads.inode.load(Relaxed) != 0);
        used.for_each(|reads| {
            reads.count.store(0, Relaxed);
            reads.inode.store(0, Relaxed);
        });
        let times = self.rules.iter().filter(|times| times.load(Relaxed) != 0);
        times.for_each(|times| times.store(0, Relaxed));
        self.calls_of_parent.clear();
        self.calls_of_children.clear();
        self.used.store(0, Relaxed);
        self.epoch.store(now(), Release);
    }

    /// The test process is there, and which process has started it.
    pub(crate) fn begin(&self, test_process: Pid, init: Pid) {
        self.init.store(init.as_raw(), Relaxed);
        self.test_process.store(test_process.as_raw(), Release);
    }

    /// The PID of the test process as it sees itself; `None` before it has started.
    pub(crate) fn test_process(&self) -> Option<Pid> {
        let pid = self.test_process.load(Acquire);
        (pid != 0).then(|| Pid::from_raw(pid))
    }

    /// The PID of the test process's parent, as the test process sees it.
    pub(crate) fn init(&self) -> Pid {
        Pid::from_raw(self.init.load(Relaxed))
    }

    /// The function has come to its end. The last that the test process writes.
    pub(crate) fn end(&self, outcome: Outcome, leftovers: Leftovers) {
        self.zombies.store(leftovers.zombies, Relaxed);
        self.running.store(leftovers.running.into(), Relaxed);
        self.used.store(leftovers.used.as_nanos() as u64, Relaxed);
        self.outcome.store(outcome as u32, Release);
    }

    /// `None` if the test process has not come to [`SharedLog::end`].
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        let outcome = self.outcome.load(Acquire);
        [Outcome::Returned, Outcome::Panicked].into_iter().find(|other| *other as u32 == outcome)
    }

    /// What the test process found at its end.
    pub(crate) fn leftovers(&self) -> Leftovers {
        Leftovers {
            zombies: self.zombies.load(Relaxed),
            running: self.running.load(Relaxed) != 0,
            used: Duration::from_nanos(self.used.load(Relaxed)),
        }
    }

    /// The grader itself could not do what it has to, before the check began.
    pub(crate) fn cannot_begin(&self, why: &str) {
        self.not_begun.write(-1, why);
    }

    /// Why the check could not begin, if it could not.
    pub(crate) fn why_not_begun(&self) -> &Message {
        &self.not_begun
    }

    /// The limit number `index` of the test process.
    pub(crate) fn set_limit(&self, index: usize, value: u64) {
        self.limits[index].store(value, Relaxed);
    }

    /// The limit number `index` of the test process.
    pub(crate) fn limit(&self, index: usize) -> u64 {
        self.limits[index].load(Relaxed)
    }

    /// What is not as it was before the check.
    pub(crate) fn changes(&self, changes: &Changes) {
        let pid = self.test_process.load(Acquire);
        self.opened.write(pid, &changes.opened);
        self.changed.write(pid, &changes.changed);
    }

    /// What was not as it was before the check.
    pub(crate) fn changed(&self) -> Changes {
        let text = |message: &Message| message.read().map(|(_, text)| text).unwrap_or_default();
        Changes { opened: text(&self.opened), changed: text(&self.changed) }
    }

    /// The first panic of the test process.
    pub(crate) fn said(&self) -> &Message {
        &self.said
    }

    /// The first panic of any child.
    pub(crate) fn child_said(&self) -> &Message {
        &self.child_said
    }

    /// A process is about to be forked.
    pub(crate) fn fork_begins(&self) {
        self.forks.fetch_add(1, AcqRel);
    }

    /// The fork failed, which no check has planned; `refused` says that there are too many
    /// processes.
    pub(crate) fn fork_failed(&self, refused: bool) {
        self.forks_refused.fetch_add(refused.into(), AcqRel);
        self.forks.fetch_sub(1, AcqRel);
        self.uncounted.fetch_add(1, AcqRel); // the fork notifier has let it through
    }

    /// The system has refused a process to the grader itself.
    pub(crate) fn refuse_process(&self) {
        self.forks_refused.fetch_add(1, AcqRel);
    }

    /// Whether the system has refused to fork.
    pub(crate) fn lacks_processes(&self) -> bool {
        self.forks_refused.load(Acquire) > 0
    }

    /// How many processes were forked.
    pub(crate) fn forks(&self) -> u32 {
        self.forks.load(Acquire)
    }

    /// A signal ended a process.
    pub(crate) fn killed(&self) {
        self.ends.fetch_add(1, Relaxed);
    }

    /// The process asked for one more than the limit allows, and gets no further.
    pub(crate) fn stop(&self, pid: i32) {
        self.record(pid, Kind::OneTooMany {});
        self.one_too_many.fetch_add(1, AcqRel);
    }

    /// Whether a process was stopped at the limit.
    pub(crate) fn is_stopped(&self) -> bool {
        self.one_too_many.load(Acquire) > 0
    }

    /// The process `pid` asked, without waiting, for something that had not happened.
    pub(crate) fn asked_in_vain(&self, pid: i32) {
        self.count_call(pid, Counter::Looks, 1);
        self.asked_in_vain.fetch_add(1, Relaxed);
    }

    /// How often processes asked in vain.
    pub(crate) fn questions(&self) -> u32 {
        self.asked_in_vain.load(Relaxed)
    }

    /// The fork notifier lets `pid` create a process.
    pub(crate) fn create(&self, pid: i32) {
        self.record(pid, Kind::Created {});
        self.created.fetch_add(1, AcqRel);
    }

    /// The next `count` processes that `pid` creates are the check's own.
    pub(crate) fn do_not_count(&self, pid: i32, count: u32) {
        self.record(pid, Kind::Uncounted { count: count.cast_signed() });
        self.uncounted.fetch_add(count, AcqRel);
    }

    /// How many processes the case has created, the test process and the check's own not counted:
    /// all that the fork notifier saw, or where there is none, those by the function `fork`.
    pub(crate) fn processes(&self) -> u32 {
        match self.created.load(Acquire) {
            0 => self.forks(),
            created => created.saturating_sub(1 + self.uncounted.load(Acquire)),
        }
    }

    /// Whether a fork notifier sees every way to create a process.
    pub(crate) fn sees_all(&self) -> bool {
        self.created.load(Acquire) > 0
    }

    /// Whether the calls of the test process are the grader's own, which do not count.
    pub(crate) fn takes_a_snapshot(&self, yes: bool) {
        self.takes_a_snapshot.store(yes.into(), Relaxed);
    }

    /// The process `pid` made such a call, or moved so many bytes.
    pub(crate) fn count_call(&self, pid: i32, counter: Counter, count: u64) {
        let is_parent = self.test_process().is_some_and(|parent| parent.as_raw() == pid);
        if is_parent && self.takes_a_snapshot.load(Relaxed) != 0 {
            return;
        }
        let counters = if is_parent { &self.calls_of_parent } else { &self.calls_of_children };
        counters.add(counter, count);
    }

    /// How often the processes made such calls.
    pub(crate) fn calls(&self) -> Calls {
        Calls { parent: self.calls_of_parent.read(), children: self.calls_of_children.read() }
    }

    /// The test process has read something from a pipe or socket.
    pub(crate) fn note_read(&self, inode: u64) {
        for reads in &self.reads {
            let taken = reads.inode.compare_exchange(0, inode, AcqRel, Acquire);
            if taken.is_ok() || taken == Err(inode) {
                reads.count.fetch_add(1, Relaxed);
                return;
            }
        }
    }

    /// How often the test process has read something from that pipe or socket.
    pub(crate) fn reads_of(&self, inode: u64) -> u32 {
        let reads = self.reads.iter().find(|reads| reads.inode.load(Acquire) == inode);
        reads.map_or(0, |reads| reads.count.load(Relaxed))
    }

    /// The fault of planted rule `number` happens.
    pub(crate) fn count_rule(&self, number: usize) {
        if let Some(count) = self.rules.get(number) {
            count.fetch_add(1, AcqRel);
        }
    }

    /// How often the fault of planted rule `number` has happened.
    pub(crate) fn times(&self, number: usize) -> u32 {
        self.rules.get(number).map_or(0, |count| count.load(Acquire))
    }

    /// A process sets a timer, whose signal may end a wait.
    pub(crate) fn timer_set(&self) {
        self.timers.fetch_add(1, Relaxed);
    }

    /// Whether a process has set a timer.
    pub(crate) fn has_timers(&self) -> bool {
        self.timers.load(Relaxed) > 0
    }

    /// Records that something happened to `pid`.
    pub(crate) fn record(&self, pid: i32, kind: Kind) {
        if kind.is_an_end() {
            self.ends.fetch_add(1, Relaxed);
        }
        let index = self.next.fetch_add(1, Relaxed) as usize;
        let Some(slot) = self.slots.get(index) else { return };
        slot.nanoseconds.store(now() - self.epoch.load(Relaxed), Relaxed);
        slot.pid.store(pid, Relaxed);
        let (number, data) = kind.encode();
        slot.data.iter().zip(data).for_each(|(cell, value)| cell.store(value, Relaxed));
        slot.kind.store(number, Release); // last: a slot with a kind is complete
    }

    /// How many processes seem to be alive, the test process itself not counted. Too high if some
    /// ended by a signal.
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

impl SharedLog {
    /// The processes that have an event of this kind, which must be one without data.
    pub(crate) fn pids_of(&self, kind: Kind) -> Vec<i32> {
        let events = self.events().into_iter().filter(|event| event.kind == kind);
        events.map(|event| event.pid).collect()
    }
}

impl Slot {
    /// `None` if the slot is empty, or its writer was killed before it was done.
    fn read(&self) -> Option<Event> {
        let number = self.kind.load(Acquire);
        let kind = Kind::decode(number, self.data.each_ref().map(|cell| cell.load(Relaxed)))?;
        Some(Event {
            kind,
            at: Duration::from_nanos(self.nanoseconds.load(Relaxed)),
            pid: self.pid.load(Relaxed),
        })
    }
}

impl Message {
    /// Writes `text`, unless a process has spoken before.
    pub(crate) fn write(&self, pid: i32, text: &str) {
        self.compose(pid, || text.to_owned());
    }

    /// Writes what `text` returns, which is not called if a process has spoken before.
    pub(crate) fn compose(&self, pid: i32, text: impl FnOnce() -> String) {
        if self.writer.compare_exchange(0, pid, AcqRel, Acquire).is_err() {
            return;
        }
        let text = text();
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
    crate::sys::clock().as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_in_order_and_surplus_ones_are_dropped() {
        let log = SharedLog::shared().unwrap();
        for pid in 1..=EVENTS as i32 + 5 {
            log.record(pid, Kind::Fork { parent: 0 });
        }
        let pids: Vec<i32> = log.events().iter().map(|event| event.pid).collect();
        assert_eq!(pids, Vec::from_iter(1..=EVENTS as i32));
    }

    #[test]
    fn the_first_message_stays_and_is_cut_between_characters() {
        let log = SharedLog::shared().unwrap();
        assert_eq!(log.said.read(), None);
        log.said.write(7, &"€".repeat(MESSAGE));
        log.said.write(8, "later");
        assert_eq!(log.said.read(), Some((7, "€".repeat(MESSAGE / 3))));
    }
}
