//! The worker's connection to its parent: claims items, answers, sleeps and wakes.

use std::time::Instant;

use nix::unistd::Pid;

use crate::fences::Fences;
use crate::item_timer::ItemTimer;
use crate::message::{Head, LARGE, Message};
use crate::page::{Page, PageReader, PageWriter, RING};
use crate::panics;
use crate::payload::Payload;
use crate::process;
use crate::wire::{Gone, WorkerWires};

/// Why a worker ends, or is killed, that has lost its sockets.
pub(crate) const CLOSED: &str = "a descriptor of the pool was closed by the function or the \
                                 initialiser, which should close only what they have opened";

/// The exit status of a worker after a panic outside the function, as Rust's own programs have it.
pub(crate) const PANICKED: i32 = 101;

/// A block of numbers is no longer than this, so that a ring always has room for another one.
const BLOCK: usize = RING / 4;

/// An item as it has come.
pub(crate) enum Item {
    Number(u64),
    /// Its bytes are in the link's buffer.
    Inline,
    Large(Vec<u8>),
    NoMemory(usize),
}

/// The chunk that the worker is at.
pub(crate) struct Chunk {
    /// How many items it has, and how many are still to come.
    items: usize,
    left: usize,
    /// Whether its items are one block of numbers.
    numbers: bool,
    /// The block of answers that is open: where its head is, and how many numbers it promises and
    /// has.
    block: Option<Block>,
}

struct Block {
    head: u64,
    promised: usize,
    has: usize,
}

/// What the parent wants next.
pub(crate) enum Next {
    Chunk(usize),
    Finish,
    Nothing,
}

/// Why the worker has woken.
#[derive(PartialEq, Eq)]
pub(crate) enum Wakeup {
    Work,
    End,
}

/// The worker's connection to its parent.
pub(crate) struct Link {
    page: &'static Page,
    wires: WorkerWires,
    reader: PageReader,
    writer: PageWriter,
    timer: ItemTimer,
    pid: Pid,
    fences: Fences,
    start: Instant,
    timed: bool,
    /// The number of the next chunk.
    number: u64,
    /// The number of the next frame in the bulk socket.
    frames: u64,
    /// Bytes of an item, and of a result.
    item: Vec<u8>,
    result: Vec<u8>,
}

impl Link {
    pub(crate) fn new(
        page: &'static Page,
        wires: WorkerWires,
        fences: Fences,
        start: Instant,
        timed: bool,
    ) -> Self {
        Link {
            page,
            wires,
            reader: PageReader::new(),
            writer: PageWriter::new(),
            timer: ItemTimer::new(),
            pid: process::current(),
            fences: fences.register(),
            start,
            timed,
            number: 0,
            frames: 0,
            item: Vec::new(),
            result: Vec::new(),
        }
    }

    /// The function has forked, and both processes return from it: only one of them is the worker.
    #[inline]
    pub(crate) fn end_here_if_forked(&self) {
        if process::current() != self.pid {
            process::leave(0);
        }
    }

    pub(crate) fn next(&mut self) -> Next {
        let ring = &self.page.items;
        if self.reader.available() == 0 && self.reader.refresh(ring) == Some(0) {
            return Next::Nothing;
        }
        match Head::of(self.reader.next(ring)) {
            Some(Head::Chunk(items)) => Next::Chunk(items),
            Some(Head::Finish) => Next::Finish,
            _ => unreachable!("BUG: a chunk begins with its head"),
        }
    }

    pub(crate) fn begin(&mut self, items: usize) -> Chunk {
        let first = self.reader.get(&self.page.items, self.reader.position());
        let numbers = matches!(Head::of(first), Some(Head::Numbers(_)));
        if numbers {
            self.reader.skip(1);
        }
        Chunk { items, left: items, numbers, block: None }
    }

    /// Claims the next item. `None` when there is none, or when it is another worker's by now.
    #[inline]
    pub(crate) fn next_item(&mut self, chunk: &mut Chunk) -> Result<Option<Item>, Gone> {
        if chunk.left == 0 {
            return Ok(None);
        }
        let index = (chunk.items - chunk.left) as u32;
        if !self.page.claim(self.number).claim(index, || self.fences.in_worker()) {
            self.skip_rest(chunk)?;
            return Ok(None);
        }
        chunk.left -= 1;
        if self.timed {
            self.page.set_running(Some(self.start.elapsed()));
        }
        if chunk.numbers {
            return Ok(Some(Item::Number(self.reader.next(&self.page.items))));
        }
        self.encoded_item().map(Some)
    }

    fn encoded_item(&mut self) -> Result<Item, Gone> {
        let ring = &self.page.items;
        match Head::of(self.reader.next(ring)) {
            Some(Head::Value(length)) => {
                self.item.clear();
                self.reader.read_bytes(ring, length, &mut self.item);
                Ok(Item::Inline)
            }
            Some(Head::Large(length)) => {
                let mark = self.reader.next(ring);
                let body = self.wires.bulk.receive(length, mark)?;
                Ok(body.map_or(Item::NoMemory(length), Item::Large))
            }
            _ => unreachable!("BUG: an item is a value"),
        }
    }

    /// Moves behind the items that others run.
    fn skip_rest(&mut self, chunk: &mut Chunk) -> Result<(), Gone> {
        let left = std::mem::take(&mut chunk.left);
        chunk.items -= left;
        if chunk.numbers {
            self.reader.skip(left);
            return Ok(());
        }
        for _ in 0..left {
            let head = Head::of(self.reader.next(&self.page.items));
            if let Some(Head::Large(length)) = head {
                let mark = self.reader.next(&self.page.items);
                let _ = self.wires.bulk.receive(length, mark)?;
            } else {
                self.reader.skip(head.map_or(0, Head::words_behind));
            }
        }
        Ok(())
    }

    /// Answers with a number, as one of a block.
    #[inline]
    pub(crate) fn number(&mut self, chunk: &mut Chunk, number: u64) -> Result<(), Gone> {
        self.done();
        let has_block = chunk.block.as_ref().is_some_and(|block| block.has < block.promised);
        if !has_block {
            self.open_block(chunk)?;
        }
        let Some(block) = &mut chunk.block else { return Ok(()) };
        block.has += 1;
        self.writer.put(&self.page.answers, number);
        self.writer.publish(&self.page.answers);
        Ok(())
    }

    /// Promises numbers for all items that are left, this one included.
    fn open_block(&mut self, chunk: &mut Chunk) -> Result<(), Gone> {
        let promised = (chunk.left + 1).min(BLOCK);
        self.make_room(1 + promised)?;
        let head = self.writer.position();
        self.writer.put(&self.page.answers, Head::Numbers(promised).to_word());
        chunk.block = Some(Block { head, promised, has: 0 });
        Ok(())
    }

    /// Before something else is written: no more numbers come than there are.
    fn close_block(&mut self, chunk: &mut Chunk) {
        if let Some(Block { head, promised, has }) = chunk.block.take()
            && has < promised
        {
            self.writer.amend(&self.page.answers, head, Head::Numbers(has).to_word());
        }
    }

    /// Answers with a value that is encoded here, or is bytes.
    pub(crate) fn value<R: Payload>(&mut self, chunk: &mut Chunk, result: R) -> Result<(), Gone> {
        let large = match result.into_bytes() {
            Ok(bytes) => Some(bytes),
            Err(result) => {
                self.result.clear();
                if let Err(reason) = result.encode(&mut self.result) {
                    let reason = format!("{reason} (as {})", std::any::type_name::<R>());
                    return self.answer(chunk, &Message::NotEncoded(reason));
                }
                drop(result);
                (self.result.len() >= LARGE).then(|| std::mem::take(&mut self.result))
            }
        };
        self.done();
        self.close_block(chunk);
        match large {
            Some(bytes) => self.large(&bytes),
            None => self.small(),
        }
    }

    fn small(&mut self) -> Result<(), Gone> {
        let length = self.result.len();
        self.make_room(1 + length.div_ceil(8))?;
        let ring = &self.page.answers;
        self.writer.put(ring, Head::Value(length).to_word());
        self.writer.put_bytes(ring, &self.result);
        self.writer.publish(ring);
        Ok(())
    }

    fn large(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.make_room(2)?;
        // No function writes these eight bytes by chance.
        let mark = panics::hash((self.pid.as_raw(), self.frames));
        self.frames += 1;
        let ring = &self.page.answers;
        self.writer.put(ring, Head::Large(bytes.len()).to_word());
        self.writer.put(ring, mark);
        self.writer.publish(ring);
        self.wires.bulk.send(mark, bytes)
    }

    /// Answers with something else than a result.
    pub(crate) fn answer(&mut self, chunk: &mut Chunk, message: &Message) -> Result<(), Gone> {
        self.done();
        self.close_block(chunk);
        self.page.set_last_words("");
        self.say(message)
    }

    /// The item is over: the time limit does not count any more.
    #[inline]
    fn done(&mut self) {
        if self.timed {
            self.page.set_running(None);
        }
    }

    /// The chunk is over.
    pub(crate) fn end(&mut self, chunk: &Chunk) -> Result<(), Gone> {
        if let Some(Block { head, promised, has }) = &chunk.block
            && has < promised
        {
            self.writer.amend(&self.page.answers, *head, Head::Numbers(*has).to_word());
        }
        self.reader.release(&self.page.items);
        self.number += 1;
        self.page.chunk_done();
        self.page.clear_last_words();
        let many = self.writer.position() - self.page.answers.released() > RING as u64 / 2;
        if self.timer.chunk_done(chunk.items) || many {
            self.send_rate()?;
            self.notify()?;
        }
        Ok(())
    }

    /// Says how long items take.
    pub(crate) fn send_rate(&mut self) -> Result<(), Gone> {
        match self.timer.rate() {
            Some(nanos) => self.say(&Message::Rate(nanos)),
            None => Ok(()),
        }
    }

    pub(crate) fn say(&mut self, message: &Message) -> Result<(), Gone> {
        self.make_room(Message::WORDS)?;
        message.write(&mut self.writer, &self.page.answers);
        self.writer.publish(&self.page.answers);
        Ok(())
    }

    /// Wakes the parent, if it sleeps.
    pub(crate) fn notify(&self) -> Result<(), Gone> {
        if self.page.parent.must_wake() {
            self.page.announce_bell();
            self.wires.bell.ring()?;
        }
        Ok(())
    }

    /// Waits until the ring of answers has room for `words`.
    #[inline]
    fn make_room(&mut self, words: usize) -> Result<(), Gone> {
        if self.writer.has_room(&self.page.answers, words) {
            return Ok(());
        }
        self.wait_for_room(words)
    }

    #[cold]
    fn wait_for_room(&mut self, words: usize) -> Result<(), Gone> {
        loop {
            self.notify()?;
            self.page.room.announce();
            if self.writer.has_room(&self.page.answers, words) {
                self.page.room.cancel();
                return Ok(());
            }
            self.wires.bell.wait()?;
        }
    }

    /// Waits for something to do. What was answered must be known to the parent by then.
    pub(crate) fn sleep(&mut self) -> Result<Wakeup, Gone> {
        self.notify()?;
        loop {
            self.page.worker.announce();
            if self.reader.refresh(&self.page.items) != Some(0) {
                self.page.worker.cancel();
                self.timer.start();
                return Ok(Wakeup::Work);
            }
            match self.wires.bell.wait() {
                Ok(()) => {}
                // The last chunk may have come before the end.
                Err(Gone::Parent) if self.reader.refresh(&self.page.items) == Some(0) => {
                    return Ok(Wakeup::End);
                }
                Err(Gone::Parent) => return Ok(Wakeup::Work),
                Err(Gone::Socket) => return Err(Gone::Socket),
            }
        }
    }

    /// The initialiser has failed.
    pub(crate) fn refuse(&mut self, reason: String) -> Result<i32, Gone> {
        self.page.set_last_words("");
        self.say(&Message::NotReady(reason))?;
        self.notify()?;
        Ok(PANICKED)
    }

    /// From here on only finaliser and destructors are to come.
    pub(crate) fn set_finishing(&self) {
        self.page.set_finishing();
    }

    /// The bytes of an [`Item::Inline`].
    pub(crate) fn item_bytes(&self) -> &[u8] {
        &self.item
    }

    /// The socket is not this worker's any more: says so where no socket is needed.
    pub(crate) fn complain(&mut self) -> i32 {
        if self.writer.has_room(&self.page.answers, Message::WORDS) {
            Message::Closed(CLOSED.to_owned()).write(&mut self.writer, &self.page.answers);
            self.writer.publish(&self.page.answers);
        }
        PANICKED
    }
}
