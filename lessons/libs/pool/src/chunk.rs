//! A chunk: consecutive items of one call, encoded, on their way to a worker.

use std::cell::RefCell;
use std::rc::Rc;

use crate::call::Call;
use crate::error::{Cause, What};
use crate::message::{HEAD, Head, Kind, LARGE, SHORT, frame, head};
use crate::payload::Payload;

/// Consecutive items of one call, handed out, taken and taken back as one.
pub(crate) struct Chunk<R> {
    /// Where the answers go.
    pub(crate) call: Rc<RefCell<Call<R>>>,
    /// The index of the first item.
    pub(crate) first: usize,
    /// How many items there are.
    pub(crate) items: usize,
    /// The chunk's own head, and a message for each item.
    bytes: Vec<u8>,
    /// The last message's body, if it is large and bytes of its own.
    tail: Vec<u8>,
}

impl<R> Chunk<R> {
    /// An empty one, with memory for so many bytes.
    pub(crate) fn new(call: Rc<RefCell<Call<R>>>, first: usize, capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity.max(HEAD));
        bytes.extend_from_slice(&[0; HEAD]);
        Chunk { call, first, items: 0, bytes, tail: Vec::new() }
    }

    /// Adds the item that follows those in the chunk.
    ///
    /// Inlined by order: in a program with pools of several kinds the compiler would not do it, and
    /// a million small items would take a tenth longer.
    #[inline(always)]
    pub(crate) fn push<A: Payload>(&mut self, item: A) -> Result<(), Cause> {
        let start = self.bytes.len();
        let added = match item.into_bytes() {
            Ok(bytes) => self.add_large(bytes),
            Err(item) => self.add(&item),
        };
        match added {
            Ok(()) => self.items += 1,
            Err(reason) => {
                self.bytes.truncate(start);
                return Err(Cause::NotEncoded { what: What::Item, reason });
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn add<A: Payload>(&mut self, item: &A) -> Result<(), String> {
        let start = self.bytes.len();
        self.bytes.push(0);
        item.encode(&mut self.bytes)?;
        let length = self.bytes.len() - start - 1;
        if length >= SHORT {
            self.bytes.extend_from_slice(&[0; HEAD - 1]);
        }
        frame(&mut self.bytes[start..], length).map(drop)
    }

    fn add_large(&mut self, bytes: Vec<u8>) -> Result<(), String> {
        self.bytes.extend_from_slice(&head(Kind::Value, bytes.len())?);
        self.tail = bytes;
        Ok(())
    }

    /// Whether no more items fit.
    pub(crate) fn is_full(&self) -> bool {
        self.length() >= LARGE || !self.tail.is_empty()
    }

    /// Says at its head how many items there are. Nothing is pushed after that.
    pub(crate) fn seal(&mut self) {
        // There are no more than `u32::MAX`: each of them has a byte at least, and all are LARGE.
        if let Ok(head) = head(Kind::Chunk, self.items) {
            self.bytes[..HEAD].copy_from_slice(&head);
        }
    }

    /// How many bytes there are to send.
    pub(crate) fn length(&self) -> usize {
        self.bytes.len() + self.tail.len()
    }

    /// What to send when `sent` bytes are sent already.
    pub(crate) fn unsent(&self, sent: usize) -> &[u8] {
        match sent.checked_sub(self.bytes.len()) {
            None => &self.bytes[sent..],
            Some(sent) => &self.tail[sent..],
        }
    }

    /// The chunk in two halves. One of a single item has no second half.
    pub(crate) fn halves(mut self) -> (Self, Option<Self>) {
        let count = self.items.div_ceil(2);
        let call = Rc::clone(&self.call);
        let Some(start) = self.start_of(count).filter(|_| count < self.items) else {
            return (self, None);
        };
        let mut second = Chunk::new(call, self.first + count, HEAD + self.bytes.len() - start);
        second.bytes.extend_from_slice(&self.bytes[start..]);
        second.tail = std::mem::take(&mut self.tail);
        second.items = self.items - count;
        self.bytes.truncate(start);
        self.items = count;
        self.seal();
        second.seal();
        (self, Some(second))
    }

    /// The items behind the first `count`, if there are any.
    pub(crate) fn behind(mut self, count: usize) -> Option<Self> {
        if count >= self.items {
            return None;
        }
        let start = self.start_of(count)?;
        self.bytes.drain(HEAD..start);
        self.first += count;
        self.items -= count;
        self.seal();
        Some(self)
    }

    /// Where the item behind the first `count` begins.
    fn start_of(&self, count: usize) -> Option<usize> {
        let mut start = HEAD;
        for _ in 0..count {
            start += Head::read(&self.bytes[start..]).ok()??.end;
        }
        Some(start)
    }
}
