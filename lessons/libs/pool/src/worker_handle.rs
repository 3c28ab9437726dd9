//! The parent's side of one worker: its sockets and page, the chunks it holds, and its death.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use nix::unistd::{ForkResult, Pid, fork, getpid};

use crate::call::SharedCall;
use crate::child::Child;
use crate::chunk::Chunk;
use crate::error::{Cause, Error, Exit};
use crate::inbox::{Inbox, Nonsense, Notice, STRANGE_BYTES};
use crate::outbox::Outbox;
use crate::page::SharedPage;
use crate::plan::{Fork, Plan};
use crate::process::{self, pause};
use crate::queue::Queue;
use crate::rate::{QUEUE_BYTES, RateEstimate};
use crate::remains::Remains;
use crate::wire::{self, ParentWires};
use crate::worker::Ends;
use crate::worker_link::CLOSED;
use crate::worker_state::State;

/// How far a worker is, to notice whether it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Progress {
    answers: u64,
    chunks: u64,
    claimed: usize,
    bytes: usize,
}

/// One worker, as the parent knows it.
pub(crate) struct WorkerHandle {
    child: Child,
    wires: ParentWires,
    page: SharedPage,
    state: State,
    /// The chunks it holds, how they get there, and how the answers return.
    queue: Queue,
    outbox: Outbox,
    inbox: Inbox,
    /// How many items it may be given in its life, and how many of them it may still be given.
    share: usize,
    allowance: usize,
    /// Whether it is to get more chunks: until its queue is full, then when it is half empty.
    wants_work: bool,
    /// Whether its initialiser has succeeded, or there is none.
    has_started: bool,
    /// Whether it ends because the parent has told it to.
    is_told_to_end: bool,
    progress: Progress,
    /// When the pool was made; when the worker was forked, and when it last moved, this long after
    /// it.
    epoch: Instant,
    started: Duration,
    last_activity: Duration,
    /// Whether it is given up because it is silent and has not begun anything.
    is_silent: bool,
    /// How long it may be silent before others get its items. Doubles each time.
    stall_timeout: Duration,
    /// Why the initialiser has failed, if it has.
    refused: Option<String>,
    /// Why it was given up, or why it closed. Empty if neither is the case.
    reason: String,
}

/// How long a worker may need to be dead when its socket has ended.
const MOMENT: Duration = Duration::from_millis(20);

/// How long a worker may at first be silent before others get its items.
const STALL_TIMEOUT: Duration = Duration::from_millis(100);

impl WorkerHandle {
    /// Forks a worker.
    ///
    /// The dispatcher has counted one thread in this process just now; or the user has vouched that
    /// no other holds a lock ([`allow_threads`](crate::Builder::allow_threads)).
    pub(crate) fn fork(main: &mut Fork<'_>, plan: &Plan) -> Result<Self, Error> {
        let page = SharedPage::new().map_err(|errno| Error::system("mmap", errno))?;
        let pair = wire::pair();
        let (wires, theirs) = pair.map_err(|error| Error::io("socketpair", &error))?;
        // Text that waits in a buffer would be in the worker's copy too, and be printed twice.
        let _ = io::stdout().flush();
        let (parent, start) = (getpid(), plan.start);
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks;
        // or `allow_threads` was called, whose contract says just that.
        match unsafe { fork() } {
            Err(errno) => Err(Error::system("fork", errno)),
            Ok(ForkResult::Child) => {
                drop(wires);
                let timed = plan.limit.is_some();
                let fences = plan.fences;
                main(Ends { parent, wires: theirs, page, fences, start, timed });
                process::leave(0)
            }
            Ok(ForkResult::Parent { child }) => Ok(Self::new(child, wires, page, plan)),
        }
    }

    fn new(pid: Pid, wires: ParentWires, page: SharedPage, plan: &Plan) -> Self {
        WorkerHandle {
            child: Child::new(pid),
            wires,
            page,
            state: if plan.has_initialiser { State::Starting } else { State::Ready },
            queue: Queue::new(plan.fences),
            outbox: Outbox::new(),
            inbox: Inbox::new(),
            share: plan.recycle_after,
            allowance: plan.recycle_after,
            wants_work: true,
            is_told_to_end: false,
            progress: Progress::default(),
            epoch: plan.start,
            started: plan.start.elapsed(),
            last_activity: plan.start.elapsed(),
            is_silent: false,
            has_started: !plan.has_initialiser,
            stall_timeout: STALL_TIMEOUT,
            refused: None,
            reason: String::new(),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.pid().as_raw().unsigned_abs()
    }

    pub(crate) fn wires(&self) -> &ParentWires {
        &self.wires
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost(_))
    }

    /// It is dead, or it shall be: `cause` is what its item fails with, if the pool has decided so.
    fn lose(&mut self, cause: Option<Cause>) {
        if !self.is_lost() {
            self.state = State::Lost(cause);
        }
    }

    /// It is to be killed: `reason` is said of it, and its item fails with `cause`.
    pub(crate) fn give_up(&mut self, reason: &str, cause: Cause) {
        reason.clone_into(&mut self.reason);
        self.lose(Some(cause));
    }

    /// It is over its time limit, or was silent for so long.
    pub(crate) fn time_out(&mut self, limit: Duration) {
        self.is_silent = !self.has_begun();
        self.give_up("it was too slow, or silent for too long", Cause::TimedOut { limit });
    }

    /// Its initialiser has failed.
    pub(crate) fn fail_start(&mut self, reason: String) {
        self.refused = Some(reason);
        self.lose(None);
    }

    /// Whether it takes more chunks.
    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Ready
    }

    /// Whether it could work and has nothing to do.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_open() && self.queue.chunks() == 0
    }

    /// How many items it holds that are not answered.
    pub(crate) fn items(&self) -> usize {
        self.queue.items()
    }

    /// Whether the parent has told it to end.
    pub(crate) fn is_told_to_end(&self) -> bool {
        self.is_told_to_end
    }

    /// Whether it is to get more chunks.
    pub(crate) fn wants_work(&self) -> bool {
        self.wants_work && self.is_open()
    }

    /// Once it has enough, it wants work again when half of that is gone.
    pub(crate) fn refresh_demand(&mut self, depth: usize) {
        let half_empty = self.queue.chunks() <= depth / 2;
        self.wants_work = !self.is_full(depth) && (self.wants_work || half_empty);
    }

    /// Its ring is full: it wants no more until it is half empty.
    pub(crate) fn decline(&mut self) {
        self.wants_work = false;
    }

    /// Whether its share allows this many more items. Its first chunk is always allowed.
    pub(crate) fn may_have(&self, items: usize) -> bool {
        self.allowance >= items || self.allowance == self.share
    }

    /// Whether it should not get more, with `depth` chunks as the measure.
    fn is_full(&self, depth: usize) -> bool {
        let many = self.queue.chunks() >= depth || self.queue.bytes() >= QUEUE_BYTES;
        many && self.queue.chunks() >= 2
    }

    /// Whether the chunk fits into its ring now.
    pub(crate) fn has_room(&mut self, chunk: &Chunk) -> bool {
        self.outbox.has_room(&self.page, chunk, self.queue.oldest())
    }

    /// Gives it a chunk, for which there must be room. It wants more until it has `depth` of them.
    pub(crate) fn give(&mut self, chunk: Chunk, depth: usize) {
        if self.queue.chunks() == 0 {
            self.last_activity = self.epoch.elapsed();
        }
        let number = self.outbox.give(&self.page, &chunk, self.child.pid());
        self.allowance = self.allowance.saturating_sub(chunk.items);
        self.queue.push(chunk, number);
        self.wants_work &= !self.is_full(depth);
    }

    /// It gets nothing more, and ends when the worker `replacement` is ready.
    pub(crate) fn expire(&mut self, replacement: u32) {
        self.state = State::Expiring(replacement);
    }

    /// It has no replacement, so it continues.
    pub(crate) fn go_on(&mut self) {
        self.allowance = self.share;
        if matches!(self.state, State::Expiring(_)) {
            self.state = State::Ready;
        }
    }

    /// Tells it that nothing more will come. It ends when it has answered all.
    pub(crate) fn retire(&mut self) {
        if !self.is_told_to_end && !self.is_lost() {
            self.is_told_to_end = true;
            self.outbox.finish(&self.page);
            self.state = State::Retired;
            self.wake();
        }
    }

    /// Wakes it if it sleeps and something new is in its ring.
    pub(crate) fn wake(&mut self) {
        self.outbox.wake(&self.page, &self.wires);
    }

    /// Wakes it if this many items were given since it was last woken.
    pub(crate) fn wake_for(&mut self, items: usize) {
        if self.outbox.news() >= items {
            self.wake();
        }
    }

    /// Sends what waits for the bulk socket, as far as it takes it.
    pub(crate) fn send(&mut self) {
        if !self.outbox.send(&self.wires) {
            self.lose(None);
        }
    }

    /// Whether something waits for the bulk socket.
    pub(crate) fn has_outgoing(&self) -> bool {
        self.outbox.has_outgoing()
    }

    /// The parent is about to sleep. Whether it may: there is nothing to read.
    pub(crate) fn announce_sleep(&mut self) -> bool {
        self.page.parent.announce();
        self.inbox.is_empty(&self.page)
    }

    /// Takes in everything that has come. What `poll` says of the bell and of the bulk socket saves
    /// looking there.
    pub(crate) fn receive(&mut self, rate: &mut RateEstimate, bell: bool, bulk: bool) {
        let ended = if bell { self.inbox.read_bell(&self.wires, &self.page) } else { Ok(false) };
        let sense = self.read(rate, bulk);
        if sense.is_err() || ended.is_err() {
            STRANGE_BYTES.clone_into(&mut self.reason);
        }
        if sense.is_err() || ended.unwrap_or(true) {
            self.lose(None);
        }
        if self.page.room.must_wake() {
            self.wires.bell.ring();
        }
    }

    fn read(&mut self, rate: &mut RateEstimate, bulk: bool) -> Result<(), Nonsense> {
        let mut notices = Vec::new();
        let (wires, page, queue) = (&self.wires, &self.page, &mut self.queue);
        let read = self.inbox.read(wires, page, queue, bulk, &mut notices);
        for notice in notices {
            match notice {
                Notice::Ready => {
                    self.has_started = true;
                    if self.state == State::Starting {
                        self.state = State::Ready;
                    }
                }
                Notice::NotReady(reason) => self.fail_start(reason),
                Notice::Rate(nanos) => rate.observe(nanos),
                Notice::Closed(reason) => {
                    // If that was the initialiser, the next worker will fare no better.
                    self.has_started &= self.has_answered();
                    self.reason = reason;
                }
            }
        }
        read
    }

    /// How many items it holds behind the chunk that it is at, or will be at next.
    pub(crate) fn spare(&self) -> usize {
        self.queue.spare()
    }

    /// How many items it has not begun of the chunk that it is at. 0 if it has not begun that.
    pub(crate) fn rest(&self) -> usize {
        self.queue.rest(&self.page)
    }

    /// Takes back about half of what it has behind its first chunk.
    pub(crate) fn take_half(&mut self) -> Vec<Chunk> {
        let chunks = self.queue.take_half(&self.page);
        self.taken(chunks)
    }

    /// Takes back the rest of the chunk that it is at.
    pub(crate) fn take_rest(&mut self) -> Option<Chunk> {
        let chunk = self.queue.take_rest(&self.page);
        self.taken(chunk.into_iter().collect()).pop()
    }

    /// Takes back what it has not begun of the chunks that `wanted` says.
    pub(crate) fn take_where(&mut self, wanted: impl Fn(&Chunk) -> bool) -> Vec<Chunk> {
        let chunks = self.queue.take_where(&self.page, wanted);
        self.taken(chunks)
    }

    /// What is taken back does not count as its share.
    fn taken(&mut self, chunks: Vec<Chunk>) -> Vec<Chunk> {
        let items: usize = chunks.iter().map(|chunk| chunk.items).sum();
        self.allowance = self.allowance.saturating_add(items);
        chunks
    }

    /// Notes whether it has moved since the last look.
    pub(crate) fn observe(&mut self, now: Duration) {
        let progress = Progress {
            answers: self.page.answers.published(),
            chunks: self.page.chunks_done(),
            claimed: self.queue.claimed(&self.page),
            bytes: self.inbox.bytes(),
        };
        if progress != self.progress {
            (self.progress, self.last_activity) = (progress, now);
            if self.state == State::Stalled {
                self.state = State::Ready;
            }
        }
    }

    /// For how long it has not moved.
    pub(crate) fn silent(&self, now: Duration) -> Duration {
        now.saturating_sub(self.last_activity)
    }

    pub(crate) fn last_activity(&self) -> Duration {
        self.last_activity
    }

    /// When it was forked, this long after the pool's start.
    pub(crate) fn started(&self) -> Duration {
        self.started
    }

    /// Whether it holds items that it has not begun and that a call waits for.
    pub(crate) fn has_wanted_items(&self) -> bool {
        self.queue.has_wanted(&self.page)
    }

    /// How long it may be silent before others get its items.
    pub(crate) fn stall_timeout(&self) -> Duration {
        self.stall_timeout
    }

    /// Others have got its items.
    pub(crate) fn stall(&mut self) {
        self.state = State::Stalled;
        self.stall_timeout *= 2;
    }

    /// Whether it has begun an item that it has not answered.
    pub(crate) fn has_begun(&self) -> bool {
        self.queue.begun(&self.page).is_some()
    }

    /// Since when the item it is at is of no interest.
    pub(crate) fn abandoned(&self) -> Option<Instant> {
        self.queue.begun(&self.page)?.borrow().forgotten()
    }

    /// Whether the item it is at belongs to this call.
    pub(crate) fn is_at(&self, call: &SharedCall) -> bool {
        self.queue.is_at(&self.page, call)
    }

    /// Whether it has ever answered an item.
    pub(crate) fn has_answered(&self) -> bool {
        self.inbox.answers() > 0
    }

    /// When the running item began, if it says so.
    pub(crate) fn running_since(&self) -> Option<Duration> {
        if self.has_begun() { self.page.running_since() } else { None }
    }

    /// Whether only finaliser and destructors are still to come.
    pub(crate) fn is_finishing(&self) -> bool {
        self.page.is_finishing()
    }

    /// Asks whether it is alive although its socket is open: its function may have forked a process
    /// that has the socket too, and lives on.
    pub(crate) fn check_alive(&mut self) {
        if self.child.has_ended() {
            self.lose(None);
        }
    }

    /// A worker whose socket has ended is dead, or will be in a moment; or it has closed the
    /// socket, continues, and may still answer.
    fn give_it_a_moment(&mut self) {
        let start = Instant::now();
        while self.state == State::Lost(None) && self.reason.is_empty() && !self.child.has_ended() {
            if start.elapsed() >= MOMENT {
                CLOSED.clone_into(&mut self.reason);
            } else {
                pause(Duration::from_micros(50));
            }
        }
    }

    /// Makes sure that the worker is dead, waits for it, and says how it ended.
    pub(crate) fn wait_for_exit(&mut self) -> Exit {
        self.give_it_a_moment();
        self.child.kill_and_wait()
    }

    /// After its death: what it leaves.
    pub(crate) fn into_remains(self, exit: Exit) -> Remains {
        let (pid, had_answered) = (self.pid(), self.has_answered());
        let last_words = self.page.last_words();
        let (begun, unbegun) = self.queue.into_unfinished(&self.page);
        let cause = match self.state {
            State::Lost(Some(cause)) => cause,
            _ => Cause::Died { pid, exit, last_words, reason: self.reason.clone() },
        };
        Remains {
            pid,
            exit,
            reason: self.reason,
            was_starting: self.refused.is_some() || !self.has_started,
            refused: self.refused,
            was_told_to_end: self.is_told_to_end,
            was_silent: self.is_silent,
            had_answered,
            cause,
            begun,
            unbegun,
        }
    }

    /// Closes the bell: the worker ends when it next looks.
    pub(crate) fn close_bell(&mut self) {
        self.retire();
        self.wires.bell.close();
    }
}
