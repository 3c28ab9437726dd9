//! The receiving end of a socket.
//!
//! A socket carries bytes, not messages: a read may give half of one, or a hundred and a half.
//! [`Inbox`] puts them together again.

use std::borrow::Cow;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;

use crate::message::{Head, Kind, LARGE, Message, SHORT};

/// How much one read asks for.
const READ: usize = 64 * 1024;

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    Bytes,
    Nothing,
    End,
}

/// The receiving end of a stream of messages.
pub(crate) struct Inbox {
    /// Bytes that were read; those of `start..end` are not yet used.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// A large message whose body is not complete yet.
    large: Option<Large>,
    /// How many bytes of the stream were seen so far, on whichever way.
    position: u64,
    /// The next bytes of the socket, already seen on another way.
    skip: usize,
}

struct Large {
    kind: Kind,
    number: u32,
    body: Vec<u8>,
}

impl Large {
    /// How many bytes of the body are still to come. Its number is the body's length.
    fn missing(&self) -> usize {
        self.number as usize - self.body.len()
    }
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Inbox { buffer: vec![0; READ], start: 0, end: 0, large: None, position: 0, skip: 0 }
    }

    /// How many bytes of the stream were seen so far.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Reads once. What was read becomes messages by [`Inbox::next`].
    pub(crate) fn fill(&mut self, mut stream: &UnixStream) -> io::Result<Filled> {
        let missing = self.large.as_ref().map_or(0, Large::missing);
        if missing > 0 && self.skip == 0 {
            return self.fill_large(stream, missing);
        }
        self.make_room(READ / 2);
        let read = match stream.read(&mut self.buffer[self.end..]) {
            Ok(0) => return Ok(Filled::End),
            other => other,
        };
        let Some(count) = unless_blocked(read)? else { return Ok(Filled::Nothing) };
        let seen = self.skip.min(count);
        if seen > 0 {
            self.buffer.copy_within(self.end + seen..self.end + count, self.end);
            self.skip -= seen;
        }
        self.end += count - seen;
        self.position += (count - seen) as u64;
        Ok(Filled::Bytes)
    }

    /// Reads the rest of a large body straight to where it belongs.
    fn fill_large(&mut self, stream: &UnixStream, missing: usize) -> io::Result<Filled> {
        let Some(large) = &mut self.large else { return Ok(Filled::Nothing) };
        let before = large.body.len();
        let mut rest = stream.take(missing as u64);
        // In an error, what was read before it is in the body all the same.
        let read = unless_blocked(rest.read_to_end(&mut large.body))?;
        let count = large.body.len() - before;
        self.position += count as u64;
        Ok(match read {
            Some(_) if count < missing => Filled::End,
            None if count == 0 => Filled::Nothing,
            _ => Filled::Bytes,
        })
    }

    /// Takes `bytes` of the stream that came on another way than by the socket, where they may
    /// arrive again.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.buffer[self.end..][..bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
        self.position += bytes.len() as u64;
        self.skip += bytes.len();
    }

    /// The next message that is complete.
    ///
    /// # Errors
    ///
    /// The stream holds something else than messages.
    #[inline(always)] // for the same reason as `Chunk::push`
    pub(crate) fn next(&mut self) -> io::Result<Option<Message<'_>>> {
        if self.large.is_some() {
            return Ok(self.next_large());
        }
        let bytes = &self.buffer[self.start..self.end];
        let Some(Head { kind, number, start, end }) = Head::read(bytes)? else { return Ok(None) };
        if bytes.len() >= end {
            let body = self.start + start..self.start + end;
            self.start = body.end;
            let body = Cow::Borrowed(&self.buffer[body]);
            return Ok(Some(Message { kind, number, body }));
        }
        if end >= LARGE {
            let mut body = Vec::with_capacity(end - start);
            body.extend_from_slice(&bytes[start..]);
            self.start = self.end;
            self.large = Some(Large { kind, number, body });
        }
        Ok(None)
    }

    /// The next message's body, if that is a short value and complete.
    #[inline]
    pub(crate) fn next_short(&mut self) -> Option<&[u8]> {
        let bytes = &self.buffer[self.start..self.end];
        let (&length, rest) = bytes.split_first()?;
        let length = usize::from(length);
        if length >= SHORT || rest.len() < length || self.large.is_some() {
            return None;
        }
        let start = self.start + 1;
        self.start = start + length;
        Some(&self.buffer[start..start + length])
    }

    fn next_large(&mut self) -> Option<Message<'_>> {
        let large = self.large.as_mut()?;
        let missing = large.missing().min(self.end - self.start);
        large.body.extend_from_slice(&self.buffer[self.start..][..missing]);
        self.start += missing;
        let Large { kind, number, body } = self.large.take_if(|large| large.missing() == 0)?;
        Some(Message { kind, number, body: Cow::Owned(body) })
    }

    /// Makes room for `count` more bytes behind those that are not yet used.
    fn make_room(&mut self, count: usize) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.buffer.len() - self.end < count {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            let needed = self.end + count;
            self.buffer.resize(needed.max(self.buffer.len()), 0);
        }
    }
}

/// `None` if the read would have had to wait, or a signal came first.
fn unless_blocked(read: io::Result<usize>) -> io::Result<Option<usize>> {
    match read {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
        Err(error) => Err(error),
    }
}
