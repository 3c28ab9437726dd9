//! What one worker sends: bells, answers on the page, and large values.

use crate::call::Answer;
use crate::error::{Cause, What};
use crate::message::{Head, Message};
use crate::page::{Page, PageReader};
use crate::queue::Queue;
use crate::wire::{Delivery, Incoming, ParentWires, Received};

/// Why a worker is killed when its sockets have received foreign bytes.
pub(crate) const STRANGE_BYTES: &str = "its function wrote into a descriptor of the pool";

/// A block of numbers that is being answered: where its head is, and how many were taken.
#[derive(Clone, Copy)]
struct Block {
    head: u64,
    taken: usize,
}

/// The receiving end of a worker's messages.
pub(crate) struct Inbox {
    reader: PageReader,
    block: Option<Block>,
    incoming: Option<Incoming>,
    /// How many bytes the bell has had, and how many large values were announced.
    bell_bytes: u64,
    values: u64,
    /// How many answers have come.
    answers: u64,
    /// Whether something has come that was no answer. Nothing behind it is believed.
    broken: bool,
}

/// What a worker says that is no answer.
pub(crate) enum Notice {
    Ready,
    NotReady(String),
    Rate(u32),
    Closed(String),
}

/// Something came that no worker of ours sends.
pub(crate) struct Nonsense;

impl Inbox {
    pub(crate) fn new() -> Self {
        Inbox {
            reader: PageReader::new(),
            block: None,
            incoming: None,
            bell_bytes: 0,
            values: 0,
            answers: 0,
            broken: false,
        }
    }

    /// How many answers have come.
    pub(crate) fn answers(&self) -> u64 {
        self.answers
    }

    /// How many bytes have come of a large value.
    pub(crate) fn bytes(&self) -> usize {
        self.incoming.as_ref().map_or(0, Incoming::received)
    }

    /// Whether everything on the page has been read, as far as that is possible.
    pub(crate) fn is_empty(&self, page: &Page) -> bool {
        self.incoming.is_some() || page.answers.published() == self.reader.position()
    }

    /// Reads the bell. `Ok(true)`: the worker is gone.
    pub(crate) fn read_bell(&mut self, wires: &ParentWires, page: &Page) -> Result<bool, Nonsense> {
        let mut bytes = [0; 256];
        loop {
            match wires.bell.receive(&mut bytes) {
                Received::Bytes(count) => self.bell_bytes += count as u64,
                Received::Nothing => return Ok(false),
                Received::End => return Ok(true),
            }
            // Announced first, so this is never behind. Whatever is more was written by the function.
            if self.bell_bytes > page.bells() {
                return Err(Nonsense);
            }
        }
    }

    /// Takes in all answers that have come, and hands out what is no answer. `bulk`: there are bytes
    /// in the bulk socket.
    pub(crate) fn read(
        &mut self,
        wires: &ParentWires,
        page: &Page,
        queue: &mut Queue,
        bulk: bool,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Nonsense> {
        if self.broken {
            return Err(Nonsense);
        }
        // A value is announced before its first byte is written. So these bytes belong to a value that is
        // announced by now, or the worker has not sent them.
        let unexpected = bulk && self.incoming.is_none() && wires.bulk.has_bytes();
        let values = self.values;
        let read = self.read_all(wires, page, queue, notices);
        // The head of an open block may still change, so it is not given back.
        let end = self.block.map_or(self.reader.position(), |block| block.head);
        self.reader.release_to(&page.answers, end);
        self.broken = read.is_none() || unexpected && values == self.values;
        if self.broken { Err(Nonsense) } else { Ok(()) }
    }

    /// `None` if what came is no answer to what was asked.
    fn read_all(
        &mut self,
        wires: &ParentWires,
        page: &Page,
        queue: &mut Queue,
        notices: &mut Vec<Notice>,
    ) -> Option<()> {
        loop {
            if !self.read_value(wires, page, queue)? || !self.read_block(page, queue)? {
                return Some(());
            }
            if self.reader.available() == 0 && self.reader.refresh(&page.answers)? == 0 {
                return Some(());
            }
            self.read_message(page, queue, notices)?;
        }
    }

    fn read_message(
        &mut self,
        page: &Page,
        queue: &mut Queue,
        notices: &mut Vec<Notice>,
    ) -> Option<()> {
        let position = self.reader.position();
        let first = self.reader.next(&page.answers);
        let head = Head::of(first)?;
        if let Head::Numbers(_) = head {
            self.block = Some(Block { head: position, taken: 0 });
            return Some(());
        }
        if head.words_behind() > self.reader.available() {
            return None;
        }
        match head {
            Head::Value(length) => {
                let reader = &mut self.reader;
                self.answers += 1;
                queue.answer(page, 1, |call, index| {
                    call.put(index, length, |answers| {
                        answers.push_encoded(|to| reader.read_bytes(&page.answers, length, to));
                    });
                })
            }
            Head::Large(length) => {
                let mark = self.reader.next(&page.answers);
                self.values += 1;
                self.incoming = Some(Incoming::new(length, mark));
                Some(())
            }
            Head::Other(_) => {
                let message = Message::read(first, &mut self.reader, &page.answers)?;
                self.take(message, page, queue, notices)
            }
            Head::Chunk(_) | Head::Finish | Head::Numbers(_) => None,
        }
    }

    fn take(
        &mut self,
        message: Message,
        page: &Page,
        queue: &mut Queue,
        notices: &mut Vec<Notice>,
    ) -> Option<()> {
        let cause = match message {
            Message::Panicked { message, place } => Cause::Panicked { message, place },
            Message::NotDecoded(reason) => Cause::NotDecoded { what: What::Item, reason },
            Message::NotEncoded(reason) => Cause::NotEncoded { what: What::Result, reason },
            other => {
                notices.extend(notice(other));
                return Some(());
            }
        };
        self.answers += 1;
        queue.answer(page, 1, |call, index| call.fail(index, cause))
    }

    /// Takes numbers from the open block, if there is one. Whether it is over.
    fn read_block(&mut self, page: &Page, queue: &mut Queue) -> Option<bool> {
        let Some(Block { head, taken }) = self.block else { return Some(true) };
        // `refresh` comes first: nothing behind the block is shown before its head has its last count.
        self.reader.refresh(&page.answers)?;
        let Some(Head::Numbers(count)) = Head::of(self.reader.get(&page.answers, head)) else {
            return None;
        };
        let ready = count.checked_sub(taken)?.min(self.reader.available());
        if ready > 0 {
            // All of them answer items of one chunk.
            let reader = &mut self.reader;
            queue.answer(page, ready, |call, index| {
                let numbers = (0..ready).map(|_| reader.next(&page.answers));
                call.put(index, 8 * ready, |answers| answers.push_numbers(numbers));
            })?;
            self.answers += ready as u64;
        }
        let taken = taken + ready;
        self.block = (taken < count).then_some(Block { head, taken });
        Some(taken == count)
    }

    /// Takes bytes of a large value, if one is coming. Whether it is complete.
    fn read_value(&mut self, wires: &ParentWires, page: &Page, queue: &mut Queue) -> Option<bool> {
        let Some(incoming) = &mut self.incoming else { return Some(true) };
        let delivery = wires.bulk.deliver(incoming);
        if let Delivery::Pending = delivery {
            return Some(false);
        }
        self.incoming = None;
        let Delivery::Complete(body) = delivery else { return None };
        self.answers += 1;
        queue.answer(page, 1, |call, index| match body {
            Ok(bytes) => {
                call.put(index, bytes.len(), |answers| answers.push(Answer::Owned(bytes)));
            }
            Err(()) => {
                let reason = "there is no memory for its bytes".to_owned();
                call.fail(index, Cause::NotDecoded { what: What::Result, reason });
            }
        })?;
        Some(true)
    }
}

fn notice(message: Message) -> Option<Notice> {
    match message {
        Message::Ready => Some(Notice::Ready),
        Message::NotReady(reason) => Some(Notice::NotReady(reason)),
        Message::Rate(nanos) => Some(Notice::Rate(nanos)),
        Message::Closed(reason) => Some(Notice::Closed(reason)),
        Message::Panicked { .. } | Message::NotDecoded(_) | Message::NotEncoded(_) => None,
    }
}
