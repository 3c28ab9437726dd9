//! The worker: what runs in a forked process, from its first moment to its last.
//!
//! It takes chunks from the page, claims their items one by one, runs the function on each, answers on
//! the page, and ends when the parent closes the bell. It never returns into the parent's code.

use std::borrow::Cow;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use nix::unistd::Pid;

use crate::item_timer::ItemTimer;
use crate::message::{Head, LARGE, Message};
use crate::page::{Page, PageReader, PageWriter, RING, SharedPage};
use crate::panics;
use crate::payload::Payload;
use crate::process;
use crate::sys;
use crate::wire::{Gone, WorkerWires, replace_parent_ends};

/// The exit status of a worker after a panic outside the function, as Rust's own programs have it.
const PANICKED: i32 = 101;

/// A block of numbers is no longer than this, so that a ring always has room for another one.
const BLOCK: usize = RING / 4;

/// What the workers are for. The parent never runs it: it forks workers, and each has a copy.
pub(crate) struct Task<S, A, R, I, F, E>
where
    I: FnMut() -> Result<S, String>,
    F: FnMut(&mut S, A) -> R,
    E: FnMut(S),
{
    pub(crate) initialiser: I,
    pub(crate) function: F,
    pub(crate) finaliser: E,
    pub(crate) types: std::marker::PhantomData<fn(A) -> (S, R)>,
}

/// What a worker gets from its parent beside the task.
pub(crate) struct Ends {
    pub(crate) parent: Pid,
    pub(crate) wires: WorkerWires,
    pub(crate) page: SharedPage,
    /// When the pool was made. Time since then means the same in all its processes.
    pub(crate) start: Instant,
    /// Whether items have a time limit, and so must say when they begin.
    pub(crate) timed: bool,
}

impl<S, A, R, I, F, E> Task<S, A, R, I, F, E>
where
    A: Payload,
    R: Payload,
    I: FnMut() -> Result<S, String>,
    F: FnMut(&mut S, A) -> R,
    E: FnMut(S),
{
    /// The life of a worker.
    pub(crate) fn run(self, ends: Ends) -> ! {
        sys::die_with_parent(ends.parent);
        replace_parent_ends();
        let page: &'static Page = Box::leak(Box::new(ends.page));
        let _ = catch_unwind(|| panics::remember(page));
        let mut link = Link::new(page, ends.wires, ends.start, ends.timed);
        // Whatever happens, no panic may unwind into the frames copied from the parent. The sockets
        // stay open until the process ends: for the parent, end-of-file means just that.
        let code = match catch_unwind(AssertUnwindSafe(|| self.work(&mut link))) {
            Ok(Ok(code)) => code,
            Ok(Err(Gone::Parent)) => 0,
            Ok(Err(Gone::Socket)) => link.complain(),
            Err(_) => PANICKED,
        };
        // `_exit` flushes nothing, and what the worker has printed must not get lost.
        let _ = catch_unwind(|| io::stdout().flush());
        process::leave(code)
    }

    fn work(mut self, link: &mut Link) -> Result<i32, Gone> {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.initialiser)()));
        link.end_here_if_forked();
        let mut state = match outcome {
            Ok(Ok(state)) => state,
            Ok(Err(reason)) => return link.refuse(reason),
            Err(payload) => {
                let (message, place) = panics::describe(payload);
                return link.refuse(format!("panicked at {place}: {message}"));
            }
        };
        link.say(&Message::Ready)?;
        link.notify()?;
        loop {
            match link.next() {
                Next::Chunk(items) => self.chunk(&mut state, link, items)?,
                Next::Finish => break,
                Next::Nothing => {
                    link.send_rate()?;
                    if link.sleep()? == Wakeup::End {
                        break;
                    }
                }
            }
        }
        self.finish(state, link);
        Ok(0)
    }

    /// The last moments: the finaliser, and the destructors of what the worker owns.
    fn finish(mut self, state: S, link: &Link) {
        link.page.set_finishing();
        // One of them may panic, and the other still has its turn.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.finaliser)(state)));
        panics::drop_quietly(self);
    }

    /// Runs the items of one chunk, as far as they are this worker's.
    fn chunk(&mut self, state: &mut S, link: &mut Link, items: usize) -> Result<(), Gone> {
        let mut chunk = link.begin(items);
        loop {
            let run = AssertUnwindSafe(|| {
                while let Some(item) = link.next_item(&mut chunk)? {
                    self.item(state, link, &mut chunk, item)?;
                }
                Ok(())
            });
            match catch_unwind(run) {
                Ok(result) => {
                    result?;
                    return link.end(&chunk);
                }
                // The function has panicked, or its item or result while it was decoded, encoded or
                // dropped. Dropping the panic's value is part of the item's time, too.
                Err(payload) => {
                    let (message, place) = panics::describe(payload);
                    link.end_here_if_forked();
                    link.answer(&mut chunk, &Message::Panicked { message, place })?;
                }
            }
        }
    }

    /// Runs the function on one item, and answers.
    #[inline]
    fn item(
        &mut self,
        state: &mut S,
        link: &mut Link,
        chunk: &mut Chunk,
        item: Item,
    ) -> Result<(), Gone> {
        let item = match item {
            Item::Number(number) => A::from_number(number).ok_or_else(|| "a number".to_owned()),
            Item::Inline => A::decode(Cow::Borrowed(&link.item)),
            Item::Large(bytes) => A::decode(Cow::Owned(bytes)),
            Item::NoMemory(length) => Err(format!("no memory for its {length} bytes")),
        };
        let item = match item {
            Ok(item) => item,
            Err(reason) => {
                let reason = format!("{reason} (as {})", std::any::type_name::<A>());
                return link.answer(chunk, &Message::NotDecoded(reason));
            }
        };
        let result = (self.function)(state, item);
        link.end_here_if_forked();
        match result.to_number() {
            Some(number) => link.number(chunk, number),
            None => link.value(chunk, result),
        }
    }
}

/// An item as it has come.
enum Item {
    Number(u64),
    /// Its bytes are in the link's buffer.
    Inline,
    Large(Vec<u8>),
    NoMemory(usize),
}

/// The chunk that the worker is at.
struct Chunk {
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
enum Next {
    Chunk(usize),
    Finish,
    Nothing,
}

/// Why the worker has woken.
#[derive(PartialEq, Eq)]
enum Wakeup {
    Work,
    End,
}

/// The worker's connection to its parent.
struct Link {
    page: &'static Page,
    wires: WorkerWires,
    reader: PageReader,
    writer: PageWriter,
    timer: ItemTimer,
    pid: Pid,
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
    fn new(page: &'static Page, wires: WorkerWires, start: Instant, timed: bool) -> Self {
        Link {
            page,
            wires,
            reader: PageReader::new(),
            writer: PageWriter::new(),
            timer: ItemTimer::new(),
            pid: process::current(),
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
    fn end_here_if_forked(&self) {
        if process::current() != self.pid {
            process::leave(0);
        }
    }

    fn next(&mut self) -> Next {
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

    fn begin(&mut self, items: usize) -> Chunk {
        let first = self.reader.get(&self.page.items, self.reader.position());
        let numbers = matches!(Head::of(first), Some(Head::Numbers(_)));
        if numbers {
            self.reader.skip(1);
        }
        Chunk { items, left: items, numbers, block: None }
    }

    /// Claims the next item. `None` when there is none, or when it is another worker's by now.
    #[inline]
    fn next_item(&mut self, chunk: &mut Chunk) -> Result<Option<Item>, Gone> {
        if chunk.left == 0 {
            return Ok(None);
        }
        if !self.page.claim(self.number).claim() {
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
    fn number(&mut self, chunk: &mut Chunk, number: u64) -> Result<(), Gone> {
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
    fn value<R: Payload>(&mut self, chunk: &mut Chunk, result: R) -> Result<(), Gone> {
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
        // Nobody writes these eight bytes by chance.
        let mark = panics::hash((self.pid.as_raw(), self.frames));
        self.frames += 1;
        let ring = &self.page.answers;
        self.writer.put(ring, Head::Large(bytes.len()).to_word());
        self.writer.put(ring, mark);
        self.writer.publish(ring);
        self.wires.bulk.send(mark, bytes)
    }

    /// Answers with something else than a result.
    fn answer(&mut self, chunk: &mut Chunk, message: &Message) -> Result<(), Gone> {
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
    fn end(&mut self, chunk: &Chunk) -> Result<(), Gone> {
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
    fn send_rate(&mut self) -> Result<(), Gone> {
        match self.timer.rate() {
            Some(nanos) => self.say(&Message::Rate(nanos)),
            None => Ok(()),
        }
    }

    fn say(&mut self, message: &Message) -> Result<(), Gone> {
        self.make_room(Message::WORDS)?;
        message.write(&mut self.writer, &self.page.answers);
        self.writer.publish(&self.page.answers);
        Ok(())
    }

    /// Wakes the parent, if it sleeps.
    fn notify(&self) -> Result<(), Gone> {
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
    fn sleep(&mut self) -> Result<Wakeup, Gone> {
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
    fn refuse(&mut self, reason: String) -> Result<i32, Gone> {
        self.page.set_last_words("");
        self.say(&Message::NotReady(reason))?;
        self.notify()?;
        Ok(PANICKED)
    }

    /// The socket is not this worker's any more: says so where no socket is needed.
    fn complain(&mut self) -> i32 {
        let reason = "a descriptor of the pool was closed by the function or the initialiser, \
                      which should close only what they have opened";
        if self.writer.has_room(&self.page.answers, Message::WORDS) {
            Message::Closed(reason.to_owned()).write(&mut self.writer, &self.page.answers);
            self.writer.publish(&self.page.answers);
        }
        PANICKED
    }
}
