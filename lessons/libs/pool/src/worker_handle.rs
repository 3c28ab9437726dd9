//! The parent's side of one worker: its sockets and page, the chunks it holds, and its death.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

use crate::call::{Answer, Call};
use crate::chunk::Chunk;
use crate::dispatcher::{Fork, Plan};
use crate::error::{Cause, Error, Exit, What};
use crate::message::{Head, Message};
use crate::page::{PageReader, PageWriter, SLOTS, SharedPage};
use crate::panics;
use crate::process;
use crate::rate::{QUEUE_BYTES, RateEstimate};
use crate::sys;
use crate::wire::{self, Delivery, Incoming, Outgoing, ParentWires, Received};
use crate::worker::Ends;

/// A chunk that a worker holds.
struct Entry {
    /// Trimmed to what is the worker's: when the parent has closed it, to what was claimed.
    chunk: Chunk,
    /// Which claim is its, and whether it was closed.
    number: u64,
    closed: bool,
    /// How many of its items are answered.
    answered: usize,
}

/// How a worker stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// The initialiser runs.
    Starting,
    /// It takes chunks.
    Ready,
    /// It was silent, and others have got its items: it takes no chunks until it is heard again.
    Stalled,
    /// It has had its share, and gets nothing more; its replacement, with this PID, is starting.
    Expiring(u32),
    /// It finishes what it has, and another has taken its place.
    Retired,
    /// It is dead, or to be killed: why, if the pool has decided so.
    Lost(Option<Cause>),
}

/// How far a worker is, to notice whether it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Progress {
    answers: u64,
    chunks: u64,
    claimed: usize,
    bytes: usize,
}

/// A block of numbers that is being answered: where its head is, and how many were taken.
#[derive(Clone, Copy)]
struct Block {
    head: u64,
    taken: usize,
}

/// One worker, as the parent knows it.
pub(crate) struct WorkerHandle {
    pid: Pid,
    wires: ParentWires,
    page: SharedPage,
    state: State,
    /// The chunks it holds, oldest first. All of them are in its ring.
    queue: VecDeque<Entry>,
    writer: PageWriter,
    reader: PageReader,
    block: Option<Block>,
    incoming: Option<Incoming>,
    outgoing: VecDeque<Outgoing>,
    /// How many chunks were given, and how many bytes the bell has had.
    given: u64,
    bell_bytes: u64,
    frames: u64,
    /// How many large values were announced.
    values: u64,
    /// The items and the bytes of the chunks in the queue.
    items: usize,
    bytes: usize,
    /// How many items it may still be given before it is recycled.
    pub(crate) allowance: usize,
    /// Whether it is to get more chunks: until its queue is full, then when it is half empty.
    pub(crate) wants_work: bool,
    /// Whether its initialiser has succeeded, or there is none.
    has_started: bool,
    /// Whether it has ever answered an item.
    pub(crate) has_answered: bool,
    /// Whether it ends because the parent has told it to.
    pub(crate) is_told_to_end: bool,
    progress: Progress,
    /// When it last moved, this long after the pool's start.
    last_activity: Duration,
    /// When it was forked, this long after the pool's start.
    started: Duration,
    /// Whether it is given up because it is silent and has not begun anything.
    pub(crate) is_silent: bool,
    /// How long it may be silent before others get its items. Doubles each time.
    patience: Duration,
    /// Why the initialiser has failed, or why it closed.
    pub(crate) refused: Option<String>,
    pub(crate) reason: String,
    /// How it has ended, if that is known.
    exit: Option<Exit>,
}

/// Why a worker is killed whose sockets have had other bytes than its own.
const STRANGE_BYTES: &str = "its function wrote into a descriptor of the pool";

/// How long a worker may at first be silent before others get its items.
const PATIENCE: Duration = Duration::from_millis(100);

/// What a dead worker leaves: the item it was at, and what goes to others.
pub(crate) struct Remains {
    pub(crate) begun: Option<(Chunk, usize)>,
    pub(crate) unbegun: Vec<Chunk>,
}

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
                main(Ends { parent, wires: theirs, page, start, timed });
                process::leave(0)
            }
            Ok(ForkResult::Parent { child }) => Ok(Self::new(child, wires, page, plan)),
        }
    }

    fn new(pid: Pid, wires: ParentWires, page: SharedPage, plan: &Plan) -> Self {
        WorkerHandle {
            pid,
            wires,
            page,
            state: if plan.has_initialiser { State::Starting } else { State::Ready },
            queue: VecDeque::new(),
            writer: PageWriter::new(),
            reader: PageReader::new(),
            block: None,
            incoming: None,
            outgoing: VecDeque::new(),
            given: 0,
            bell_bytes: 0,
            frames: 0,
            values: 0,
            items: 0,
            bytes: 0,
            allowance: plan.recycle_after,
            wants_work: true,
            has_answered: false,
            is_told_to_end: false,
            progress: Progress::default(),
            last_activity: plan.start.elapsed(),
            started: plan.start.elapsed(),
            is_silent: false,
            has_started: !plan.has_initialiser,
            patience: PATIENCE,
            refused: None,
            reason: String::new(),
            exit: None,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
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
    pub(crate) fn lose(&mut self, cause: Option<Cause>) {
        if !self.is_lost() {
            self.state = State::Lost(cause);
        }
    }

    /// Whether it takes more chunks.
    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Ready
    }

    /// Whether it could work and has nothing to do.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_open() && self.queue.is_empty()
    }

    /// How many items it holds that are not answered.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// How many chunks it holds.
    pub(crate) fn chunks(&self) -> usize {
        self.queue.len()
    }

    /// Whether it should not get more, with `depth` chunks as the measure.
    pub(crate) fn is_full(&self, depth: usize) -> bool {
        let many = self.queue.len() >= depth || self.bytes >= QUEUE_BYTES;
        many && self.queue.len() >= 2
    }

    /// Whether the chunk fits into its ring now.
    pub(crate) fn has_room(&mut self, chunk: &Chunk) -> bool {
        // One word is kept free for `Finish`.
        let has_slot = self.given - self.page.chunks_done() < SLOTS as u64;
        has_slot && self.writer.has_room(&self.page.items, chunk.ring_words() + 1)
    }

    /// Gives it a chunk, for which there must be room.
    pub(crate) fn give(&mut self, chunk: Chunk, now: Duration) {
        if self.queue.is_empty() {
            self.last_activity = now;
        }
        let ring = &self.page.items;
        // Before the chunk is published, the worker does not touch this claim: `has_room` has seen
        // that it is through with the chunk that had it before.
        self.page.claim(self.given).reset();
        self.writer.put(ring, Head::Chunk(chunk.items).to_word());
        if let Some(head) = chunk.numbers_head() {
            self.writer.put(ring, head.to_word());
        }
        for &word in chunk.words() {
            self.writer.put(ring, word);
        }
        if let Some(body) = chunk.large() {
            let mark = panics::hash((self.pid.as_raw(), self.frames, "item"));
            self.frames += 1;
            self.writer.amend(ring, self.writer.position() - 1, mark);
            self.outgoing.push_back(Outgoing::new(mark, Rc::clone(body)));
        }
        self.writer.publish(ring);
        self.allowance = self.allowance.saturating_sub(chunk.items);
        self.items += chunk.items;
        self.bytes += chunk.bytes();
        self.queue.push_back(Entry { chunk, number: self.given, closed: false, answered: 0 });
        self.given += 1;
    }

    /// It gets nothing more, and ends when the worker `replacement` is ready.
    pub(crate) fn expire(&mut self, replacement: u32) {
        self.state = State::Expiring(replacement);
    }

    /// It has no replacement, and so goes on.
    pub(crate) fn go_on(&mut self, allowance: usize) {
        self.allowance = allowance;
        if matches!(self.state, State::Expiring(_)) {
            self.state = State::Ready;
        }
    }

    /// Tells it that nothing more will come. It ends when it has answered all.
    pub(crate) fn retire(&mut self) {
        if !self.is_told_to_end && !self.is_lost() {
            self.is_told_to_end = true;
            self.writer.put(&self.page.items, Head::Finish.to_word());
            self.writer.publish(&self.page.items);
            self.state = State::Retired;
            self.wake();
        }
    }

    /// Wakes it if it sleeps and there is something for it.
    pub(crate) fn wake(&self) {
        if self.page.worker.must_wake() {
            self.wires.bell.ring();
        }
    }

    /// Sends what waits for the bulk socket, as far as it takes it.
    pub(crate) fn send(&mut self) {
        while let Some(first) = self.outgoing.front_mut() {
            match first.send(&self.wires.bulk) {
                Some(true) => drop(self.outgoing.pop_front()),
                Some(false) => return,
                None => return self.lose(None),
            }
        }
    }

    /// Whether something waits for the bulk socket.
    pub(crate) fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// The parent is about to sleep. Whether it may: there is nothing to read.
    pub(crate) fn announce_sleep(&mut self) -> bool {
        self.page.parent.announce();
        self.page.answers.published() == self.reader.position() || self.incoming.is_some()
    }

    // ---- what it sends ------------------------------------------------------------------------

    /// Takes in everything that has come. What `poll` says of the bell and of the bulk socket saves
    /// looking there.
    pub(crate) fn receive(&mut self, rate: &mut RateEstimate, bell: bool, bulk: bool) {
        let ended = bell && self.read_bell();
        // Whoever writes a value has announced it before.
        let announced = !(bulk && self.incoming.is_none() && self.wires.bulk.has_bytes());
        let values = self.values;
        let sense = self.read_answers(rate);
        if !announced && values == self.values {
            STRANGE_BYTES.clone_into(&mut self.reason);
            self.lose(None);
        }
        if ended || sense.is_none() {
            self.lose(None);
        }
        // The head of an open block may still change.
        let read = self.block.map_or(self.reader.position(), |block| block.head);
        self.reader.release_to(&self.page.answers, read);
        if self.page.room.must_wake() {
            self.wires.bell.ring();
        }
    }

    /// Whether the worker is gone, or its function has rung.
    fn read_bell(&mut self) -> bool {
        let mut bytes = [0; 256];
        loop {
            match self.wires.bell.receive(&mut bytes) {
                Received::Bytes(count) => self.bell_bytes += count as u64,
                Received::Nothing => break,
                Received::End => return true,
            }
            if self.bell_bytes > self.page.bells() {
                STRANGE_BYTES.clone_into(&mut self.reason);
                return true;
            }
        }
        false
    }

    /// `None` if what came is no answer to what was asked.
    fn read_answers(&mut self, rate: &mut RateEstimate) -> Option<()> {
        loop {
            if self.incoming.is_some() && !self.read_bulk()? {
                return Some(());
            }
            if self.block.is_some() && !self.read_block()? {
                return Some(());
            }
            if self.reader.available() == 0 && self.reader.refresh(&self.page.answers)? == 0 {
                return Some(());
            }
            self.read_message(rate)?;
        }
    }

    fn read_message(&mut self, rate: &mut RateEstimate) -> Option<()> {
        let ring = &self.page.answers;
        let position = self.reader.position();
        let first = self.reader.next(ring);
        let head = Head::of(first)?;
        match head {
            Head::Numbers(_) => {
                self.block = Some(Block { head: position, taken: 0 });
                return Some(());
            }
            _ if head.words_behind() > self.reader.available() => return None,
            Head::Value(length) => {
                let (reader, page) = (&mut self.reader, &self.page);
                let entry = self.queue.front()?;
                let index = Self::next_index(entry, page, 1)?;
                let mut call = entry.chunk.call.borrow_mut();
                call.put(index, length, |answers| {
                    answers.push_encoded(|bytes| reader.read_bytes(&page.answers, length, bytes));
                });
                drop(call);
                self.answered(1);
            }
            Head::Large(length) => {
                let mark = self.reader.next(ring);
                self.values += 1;
                self.incoming = Some(Incoming::new(length, mark));
            }
            Head::Other(_) => {
                let message = Message::read(first, &mut self.reader, ring)?;
                self.take_message(message, rate)?;
            }
            Head::Chunk(_) | Head::Finish => return None,
        }
        Some(())
    }

    fn take_message(&mut self, message: Message, rate: &mut RateEstimate) -> Option<()> {
        let cause = match message {
            Message::Ready => {
                self.has_started = true;
                if self.state == State::Starting {
                    self.state = State::Ready;
                }
                return Some(());
            }
            Message::NotReady(reason) => {
                self.refused = Some(reason);
                return Some(());
            }
            Message::Rate(nanos) => {
                rate.observe(nanos);
                return Some(());
            }
            Message::Closed(reason) => {
                self.reason = reason;
                return Some(());
            }
            Message::Panicked { message, place } => Cause::Panicked { message, place },
            Message::NotDecoded(reason) => Cause::NotDecoded { what: What::Item, reason },
            Message::NotEncoded(reason) => Cause::NotEncoded { what: What::Result, reason },
        };
        self.with_current(1, |call, index| call.fail(index, cause))
    }

    /// Takes numbers from the open block. Whether it is over.
    fn read_block(&mut self) -> Option<bool> {
        let Some(Block { head, mut taken }) = self.block else { return Some(true) };
        // `refresh` comes first: what it shows was written when the head had this count, or more.
        self.reader.refresh(&self.page.answers)?;
        let Some(Head::Numbers(count)) = Head::of(self.reader.get(&self.page.answers, head)) else {
            return None;
        };
        let ready = count.checked_sub(taken)?.min(self.reader.available());
        if ready > 0 {
            // A block has the answers of one chunk only.
            let (reader, page) = (&mut self.reader, &self.page);
            let entry = self.queue.front()?;
            let index = Self::next_index(entry, page, ready)?;
            let numbers = (0..ready).map(|_| reader.next(&page.answers));
            entry
                .chunk
                .call
                .borrow_mut()
                .put(index, 8 * ready, |answers| answers.push_numbers(numbers));
            self.answered(ready);
            taken += ready;
        }
        self.block = (taken < count).then_some(Block { head, taken });
        Some(taken == count)
    }

    /// Takes bytes of a large value. Whether it is complete.
    fn read_bulk(&mut self) -> Option<bool> {
        let Some(incoming) = &mut self.incoming else { return Some(true) };
        match self.wires.bulk.deliver(incoming) {
            Delivery::Pending => return Some(false),
            Delivery::Broken => {
                STRANGE_BYTES.clone_into(&mut self.reason);
                self.incoming = None;
                return None;
            }
            Delivery::Complete(body) => {
                self.incoming = None;
                self.with_current(1, |call, index| match body {
                    Ok(bytes) => {
                        call.put(index, bytes.len(), |answers| answers.push(Answer::Owned(bytes)));
                    }
                    Err(()) => {
                        let reason = "there is no memory for its bytes".to_owned();
                        call.fail(index, Cause::NotDecoded { what: What::Result, reason });
                    }
                })?;
            }
        }
        Some(true)
    }

    /// The index of the next item to be answered, if the worker has claimed it and those behind it.
    fn next_index(entry: &Entry, page: &SharedPage, count: usize) -> Option<usize> {
        let claimed = page.claim(entry.number).claimed(entry.chunk.items);
        (entry.answered + count <= claimed).then_some(entry.chunk.first + entry.answered)
    }

    fn with_current(&mut self, count: usize, put: impl FnOnce(&mut Call, usize)) -> Option<()> {
        let entry = self.queue.front()?;
        let index = Self::next_index(entry, &self.page, count)?;
        put(&mut entry.chunk.call.borrow_mut(), index);
        self.answered(count);
        Some(())
    }

    /// `count` more items of the first chunk are answered. With the last one it is over.
    fn answered(&mut self, count: usize) {
        self.has_answered = true;
        self.items -= count;
        if let Some(entry) = self.queue.front_mut() {
            entry.answered += count;
            self.drop_done();
        }
    }

    fn drop_done(&mut self) {
        while let Some(entry) = self.queue.front()
            && entry.answered == entry.chunk.items
        {
            self.bytes = self.bytes.saturating_sub(entry.chunk.bytes());
            self.queue.pop_front();
        }
    }

    // ---- what is taken back -------------------------------------------------------------------

    /// How many items it holds behind the chunk that it is at, or will be at next.
    pub(crate) fn spare(&self) -> usize {
        let first = self.queue.front().map_or(0, |entry| entry.chunk.items - entry.answered);
        self.items - first
    }

    /// How many items it has not begun of the chunk that it is at. 0 if it has not begun that.
    pub(crate) fn rest(&self) -> usize {
        let Some(entry) = self.queue.front() else { return 0 };
        let claimed = self.page.claim(entry.number).claimed(entry.chunk.items);
        if claimed == 0 { 0 } else { entry.chunk.items - claimed }
    }

    /// Takes back about half of what it has behind its first chunk.
    pub(crate) fn take_half(&mut self) -> Vec<Chunk> {
        let goal = self.spare().div_ceil(2);
        let (mut chunks, mut items) = (Vec::new(), 0);
        let mut index = self.queue.len();
        while items < goal && index > 1 {
            index -= 1;
            if let Some(chunk) = self.close(index) {
                items += chunk.items;
                chunks.push(chunk);
            }
        }
        chunks.reverse();
        chunks
    }

    /// Takes back the rest of the chunk that it is at.
    pub(crate) fn take_rest(&mut self) -> Option<Chunk> {
        self.close(0)
    }

    /// Takes back all that it has not begun.
    pub(crate) fn take_all(&mut self) -> Vec<Chunk> {
        self.take_where(|_| true)
    }

    /// Takes back what it has not begun of the chunks that `wanted` says.
    pub(crate) fn take_where(&mut self, wanted: impl Fn(&Chunk) -> bool) -> Vec<Chunk> {
        let mut chunks: Vec<Chunk> = (0..self.queue.len())
            .rev()
            .filter_map(|index| wanted(&self.queue[index].chunk).then(|| self.close(index))?)
            .collect();
        chunks.reverse();
        chunks
    }

    /// Closes a chunk and takes back what the worker has not claimed of it.
    fn close(&mut self, index: usize) -> Option<Chunk> {
        let entry = self.queue.get_mut(index)?;
        if entry.closed {
            return None;
        }
        entry.closed = true;
        let claimed = self.page.claim(entry.number).close(entry.chunk.items);
        let before = entry.chunk.bytes();
        let rest = entry.chunk.split_off(claimed)?;
        self.items -= rest.items;
        self.bytes = self.bytes.saturating_sub(before - entry.chunk.bytes());
        self.allowance = self.allowance.saturating_add(rest.items);
        if entry.answered == entry.chunk.items {
            self.queue.remove(index);
        }
        Some(rest)
    }

    // ---- silence ------------------------------------------------------------------------------

    /// Notes whether it has moved since the last look.
    pub(crate) fn observe(&mut self, now: Duration) {
        let first = self.queue.front();
        let progress = Progress {
            answers: self.page.answers.published(),
            chunks: self.page.chunks_done(),
            claimed: first.map_or(0, |e| self.page.claim(e.number).claimed(e.chunk.items)),
            bytes: self.incoming.as_ref().map_or(0, Incoming::received),
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

    /// Whether its initialiser has not succeeded yet.
    pub(crate) fn is_starting(&self) -> bool {
        !self.has_started
    }

    /// Whether it holds items that it has not begun and that a call waits for.
    pub(crate) fn has_wanted_items(&self) -> bool {
        self.queue.iter().any(|entry| {
            let claimed = self.page.claim(entry.number).claimed(entry.chunk.items);
            claimed < entry.chunk.items && entry.chunk.call.borrow().forgotten().is_none()
        })
    }

    /// How long it may be silent before others get its items.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Others have got its items.
    pub(crate) fn stall(&mut self) {
        self.state = State::Stalled;
        self.patience *= 2;
    }

    /// Whether it has begun an item that it has not answered.
    pub(crate) fn has_begun(&self) -> bool {
        self.queue.front().is_some_and(|entry| {
            self.page.claim(entry.number).claimed(entry.chunk.items) > entry.answered
        })
    }

    /// The chunk of the item that it has begun.
    pub(crate) fn current_call(&self) -> Option<std::cell::Ref<'_, Call>> {
        self.has_begun().then(|| self.queue.front().map(|entry| entry.chunk.call.borrow()))?
    }

    /// Whether the item it is at belongs to this call.
    pub(crate) fn is_at(&self, call: &crate::call::SharedCall) -> bool {
        self.has_begun()
            && self.queue.front().is_some_and(|entry| Rc::ptr_eq(&entry.chunk.call, call))
    }

    /// When the running item began, if it says so.
    pub(crate) fn running_since(&self) -> Option<Duration> {
        if self.has_begun() { self.page.running_since() } else { None }
    }

    /// Whether only finaliser and destructors are still to come.
    pub(crate) fn is_finishing(&self) -> bool {
        self.page.is_finishing()
    }

    // ---- the end ------------------------------------------------------------------------------

    /// The text of its last panic.
    pub(crate) fn last_words(&self) -> String {
        self.page.last_words()
    }

    /// After its death: what it leaves.
    pub(crate) fn into_unfinished(mut self) -> Remains {
        let mut begun = None;
        let mut unbegun = Vec::new();
        for mut entry in std::mem::take(&mut self.queue) {
            let claimed = self.page.claim(entry.number).claimed(entry.chunk.items);
            let is_begun = claimed > entry.answered;
            let keep = entry.answered + usize::from(is_begun);
            unbegun.extend(entry.chunk.split_off(keep));
            if is_begun {
                let item = entry.chunk.first + entry.answered;
                begun = Some((entry.chunk, item));
            }
        }
        Remains { begun, unbegun }
    }

    /// Looks whether the worker is dead although its socket is open: its function may have forked
    /// a process that has the socket too, and lives on.
    pub(crate) fn try_wait(&mut self) {
        match waitpid(self.pid, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => {}
            status => {
                self.exit = Some(to_exit(status));
                self.lose(None);
            }
        }
    }

    /// Makes sure that the worker is dead, waits for it, and says how it ended.
    ///
    /// If its socket is closed, it is ending by itself, and the status it ends with is settled:
    /// the signal does not change it. So the parent never waits for a worker that lives on.
    pub(crate) fn wait_for_exit(&mut self) -> Exit {
        // A PID stays the worker's until someone waits for it. If the program's own code has,
        // it may be another process's by now: so the look comes before the signal.
        if self.exit.is_none() {
            self.try_wait();
        }
        while self.exit.is_none() {
            sys::kill_worker(self.pid);
            match waitpid(self.pid, None) {
                Err(Errno::EINTR) => {}
                status => self.exit = Some(to_exit(status)),
            }
        }
        self.exit.unwrap_or(Exit::Unknown)
    }

    /// Takes in what a dead worker has left.
    pub(crate) fn receive_rest(&mut self, rate: &mut RateEstimate) {
        let _ = self.read_answers(rate);
    }

    /// Closes the bell: the worker ends when it next looks.
    pub(crate) fn close_bell(&mut self) {
        self.retire();
        self.wires.bell.close();
    }
}

fn to_exit(status: nix::Result<WaitStatus>) -> Exit {
    match status {
        Ok(WaitStatus::Exited(_, code)) => Exit::Code(code),
        Ok(WaitStatus::Signaled(_, signal, _)) => Exit::Signal(signal as i32),
        _ => Exit::Unknown,
    }
}
