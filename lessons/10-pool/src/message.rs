//! What travels over a socket: messages, each a head of five bytes and a body.
//!
//! ```text
//! ┌──────┬───────────────┬────────────┐
//! │ kind │ length (u32)  │ body …     │
//! └──────┴───────────────┴────────────┘
//! ```
//!
//! A socket carries bytes, not messages: a read may give half of one, or a hundred and a half.
//! [`Inbox`] puts them together again.

use std::borrow::Cow;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;

/// The bytes before a message's body.
pub(crate) const HEAD: usize = 5;

/// A body from here on gets memory of its own, into which it is read without another copy.
pub(crate) const LARGE: usize = 32 * 1024;

/// How much one read asks for.
const READ: usize = 64 * 1024;

/// What a message is. An item says besides whether it is the first and the last of its chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To the worker: run this item.
    Item { first: bool, last: bool },
    /// To the parent: the item's result.
    Value,
    /// The function panicked; a `(message, place)`.
    Panicked,
    /// The item could not be decoded; the reason.
    NotDecoded,
    /// The result could not be encoded; the reason.
    NotEncoded,
    /// All items of a chunk are answered; the nanoseconds they took.
    ChunkDone,
    /// The chunk was taken back before the worker took it.
    Skipped,
    /// The initialiser has succeeded.
    Ready,
    /// The initialiser has failed; the reason.
    NotReady,
}

impl Kind {
    #[inline]
    pub(crate) fn to_byte(self) -> u8 {
        match self {
            Kind::Item { first, last } => u8::from(first) | u8::from(last) << 1,
            Kind::Value => 4,
            Kind::Panicked => 5,
            Kind::NotDecoded => 6,
            Kind::NotEncoded => 7,
            Kind::ChunkDone => 8,
            Kind::Skipped => 9,
            Kind::Ready => 10,
            Kind::NotReady => 11,
        }
    }

    #[inline]
    fn from_byte(byte: u8) -> io::Result<Self> {
        Ok(match byte {
            0..=3 => Kind::Item { first: byte & 1 != 0, last: byte & 2 != 0 },
            4 => Kind::Value,
            5 => Kind::Panicked,
            6 => Kind::NotDecoded,
            7 => Kind::NotEncoded,
            8 => Kind::ChunkDone,
            9 => Kind::Skipped,
            10 => Kind::Ready,
            11 => Kind::NotReady,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        })
    }
}

/// The head of a message whose body has `length` bytes.
///
/// # Errors
///
/// The body is longer than a head can say: 4 GiB or more.
#[inline]
pub(crate) fn head(kind: Kind, length: usize) -> Result<[u8; HEAD], String> {
    let length = u32::try_from(length).map_err(|_| format!("{length} bytes are too many"))?;
    let [a, b, c, d] = length.to_le_bytes();
    Ok([kind.to_byte(), a, b, c, d])
}

/// Makes a message of `buffer`, which has room for a head before its body.
///
/// # Errors
///
/// As [`head`].
#[inline]
pub(crate) fn put_head(buffer: &mut [u8], kind: Kind) -> Result<(), String> {
    let head = head(kind, buffer.len() - HEAD)?;
    buffer[..HEAD].copy_from_slice(&head);
    Ok(())
}

/// The length of the whole message that begins with `bytes`, once its head is there.
#[inline]
pub(crate) fn whole(bytes: &[u8]) -> Option<usize> {
    let &[_, a, b, c, d] = bytes.first_chunk()?;
    Some(HEAD + u32::from_le_bytes([a, b, c, d]) as usize)
}

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
    body: Vec<u8>,
    length: usize,
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
        let missing = self.large.as_ref().map_or(0, |large| large.length - large.body.len());
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
    #[inline]
    pub(crate) fn next(&mut self) -> io::Result<Option<(Kind, Cow<'_, [u8]>)>> {
        if self.large.is_some() {
            return Ok(self.next_large());
        }
        let bytes = &self.buffer[self.start..self.end];
        let Some(length) = whole(bytes) else { return Ok(None) };
        let kind = Kind::from_byte(bytes[0])?;
        if bytes.len() >= length {
            let body = self.start + HEAD..self.start + length;
            self.start += length;
            return Ok(Some((kind, Cow::Borrowed(&self.buffer[body]))));
        }
        if length >= LARGE {
            let mut body = Vec::with_capacity(length - HEAD);
            body.extend_from_slice(&bytes[HEAD..]);
            self.start = self.end;
            self.large = Some(Large { kind, body, length: length - HEAD });
        }
        Ok(None)
    }

    /// The body of the next message, if that is complete, small, and a value.
    #[inline]
    pub(crate) fn next_value(&mut self) -> Option<Cow<'_, [u8]>> {
        let bytes = &self.buffer[self.start..self.end];
        let length = whole(bytes)?;
        if self.large.is_some() || bytes[0] != Kind::Value.to_byte() || bytes.len() < length {
            return None;
        }
        let body = self.start + HEAD..self.start + length;
        self.start += length;
        Some(Cow::Borrowed(&self.buffer[body]))
    }

    fn next_large(&mut self) -> Option<(Kind, Cow<'_, [u8]>)> {
        let large = self.large.as_mut()?;
        let missing = (large.length - large.body.len()).min(self.end - self.start);
        large.body.extend_from_slice(&self.buffer[self.start..][..missing]);
        self.start += missing;
        let whole = self.large.take_if(|large| large.body.len() == large.length)?;
        Some((whole.kind, Cow::Owned(whole.body)))
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
