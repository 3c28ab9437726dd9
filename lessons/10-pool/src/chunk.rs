//! A chunk: consecutive items of one call, encoded, on their way to a worker.

use std::cell::RefCell;
use std::rc::Rc;

use crate::call::Call;
use crate::error::{Cause, What};
use crate::message::{HEAD, Kind, LARGE, head, whole};
use crate::payload::Payload;

/// Consecutive items of one call. A chunk is what is handed out, taken and taken back as one.
pub(crate) struct Chunk<R> {
    /// Where the answers go.
    pub(crate) call: Rc<RefCell<Call<R>>>,
    /// The index of the first item.
    pub(crate) first: usize,
    /// How many items there are.
    pub(crate) items: usize,
    /// A message for each item.
    bytes: Vec<u8>,
    /// Where the last message begins.
    last: usize,
    /// The last message's body, if it is large and bytes of its own.
    tail: Vec<u8>,
}

impl<R> Chunk<R> {
    pub(crate) fn new(call: Rc<RefCell<Call<R>>>, first: usize) -> Self {
        Chunk { call, first, items: 0, bytes: Vec::new(), last: 0, tail: Vec::new() }
    }

    /// Adds the item that follows those in the chunk.
    pub(crate) fn push<A: Payload>(&mut self, item: A) -> Result<(), Cause> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; HEAD]);
        let encoded = item.encode(&mut self.bytes).and_then(|tail| {
            let length = tail.as_ref().map_or(self.bytes.len() - start - HEAD, Vec::len);
            let kind = Kind::Item { first: self.items == 0, last: false };
            Ok((head(kind, length)?, tail))
        });
        match encoded {
            Ok((head, tail)) => {
                self.bytes[start..start + HEAD].copy_from_slice(&head);
                self.last = start;
                self.items += 1;
                match tail.unwrap_or_default() {
                    large if large.len() >= LARGE => self.tail = large,
                    small => self.bytes.extend_from_slice(&small),
                }
                Ok(())
            }
            Err(reason) => {
                self.bytes.truncate(start);
                Err(Cause::NotEncoded { what: What::Item, reason })
            }
        }
    }

    /// Whether no more items fit.
    pub(crate) fn is_full(&self) -> bool {
        self.length() >= LARGE || !self.tail.is_empty()
    }

    /// Marks the last item as such, if there is one. Nothing is pushed after that.
    pub(crate) fn seal(&mut self) {
        if self.items == 0 {
            return;
        }
        let kind = Kind::Item { first: self.items == 1, last: true };
        self.bytes[self.last] = kind.to_byte();
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

    /// The items behind the first `count`, if there are any.
    pub(crate) fn behind(mut self, count: usize) -> Option<Self> {
        if count >= self.items {
            return None;
        }
        let mut start = 0;
        for _ in 0..count {
            start += whole(&self.bytes[start..])?;
        }
        self.bytes.drain(..start);
        self.last -= start;
        self.first += count;
        self.items -= count;
        let kind = Kind::Item { first: true, last: self.items == 1 };
        self.bytes[0] = kind.to_byte();
        Some(self)
    }
}
