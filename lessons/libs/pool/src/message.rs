//! What travels over a socket: messages.
//!
//! ```text
//!                  ┌────────┬────────┐
//! a short value    │ length │ body … │
//!                  └────────┴────────┘
//!                  ┌────────┬──────────────┬────────┐
//! all else         │ kind   │ number (u32) │ body … │
//!                  └────────┴──────────────┴────────┘
//! ```
//!
//! A length is less than [`SHORT`], a kind is not. Nearly all messages of a pool that is in a
//! hurry are short values, so their head is one byte.

use std::borrow::Cow;
use std::io;

/// The bytes before a message's body, if it is not a short value.
pub(crate) const HEAD: usize = 5;

/// A value of fewer bytes is short.
pub(crate) const SHORT: usize = 240;

/// A message from here on gets memory of its own, into which it is read without another copy.
pub(crate) const LARGE: usize = 32 * 1024;

/// What a message is, and what its number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To the worker: a chunk of so many items follows.
    Chunk,
    /// To the worker: an item. To the parent: its result. The body's length.
    Value,
    /// The function panicked; a `(message, place)`. The body's length.
    Panicked,
    /// The item could not be decoded; the reason. The body's length.
    NotDecoded,
    /// The result could not be encoded; the reason. The body's length.
    NotEncoded,
    /// The chunk was taken back before the worker took it. Nothing.
    Skipped,
    /// The items of the chunk that are not answered are not begun, and somebody else may have them.
    /// Nothing.
    GivenBack,
    /// An item took so many nanoseconds, on average since the last such word.
    Pace,
    /// The initialiser has succeeded. Nothing.
    Ready,
    /// The initialiser has failed; the reason. The body's length.
    NotReady,
}

impl Kind {
    const ALL: [Kind; 10] = [
        Kind::Chunk,
        Kind::Value,
        Kind::Panicked,
        Kind::NotDecoded,
        Kind::NotEncoded,
        Kind::Skipped,
        Kind::GivenBack,
        Kind::Pace,
        Kind::Ready,
        Kind::NotReady,
    ];

    fn to_byte(self) -> u8 {
        SHORT as u8 + self as u8
    }

    fn from_byte(byte: u8) -> Option<Self> {
        Kind::ALL.get(usize::from(byte).checked_sub(SHORT)?).copied()
    }

    /// Whether the number is the length of a body.
    fn has_body(self) -> bool {
        use Kind::{Chunk, GivenBack, Pace, Ready, Skipped};
        !matches!(self, Chunk | Skipped | GivenBack | Pace | Ready)
    }
}

/// A message that has come.
pub(crate) struct Message<'a> {
    pub(crate) kind: Kind,
    pub(crate) number: u32,
    pub(crate) body: Cow<'a, [u8]>,
}

/// The head of a message that is not a short value.
///
/// # Errors
///
/// The number is more than a head can say: a body of 4 GiB, for instance.
pub(crate) fn head(kind: Kind, number: usize) -> Result<[u8; HEAD], String> {
    let number = u32::try_from(number).map_err(|_| format!("{number} bytes are too many"))?;
    let [a, b, c, d] = number.to_le_bytes();
    Ok([kind.to_byte(), a, b, c, d])
}

/// Makes a message of a value that was written to `bytes`, from the second on: puts the head
/// before it, and says how long the message is.
///
/// If the value is not short it must move up for that, and there must be room for it.
///
/// # Errors
///
/// As [`head`].
#[inline]
pub(crate) fn frame(bytes: &mut [u8], length: usize) -> Result<usize, String> {
    if length < SHORT {
        bytes[0] = length as u8;
        return Ok(1 + length);
    }
    let head = head(Kind::Value, length)?;
    bytes.copy_within(1..1 + length, HEAD);
    bytes[..HEAD].copy_from_slice(&head);
    Ok(HEAD + length)
}

/// What the head says with which `bytes` begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    pub(crate) number: u32,
    /// Where the body begins, and where it ends.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Head {
    /// `None` if a part of the head is still to come.
    ///
    /// # Errors
    ///
    /// The bytes are no message.
    #[inline]
    pub(crate) fn read(bytes: &[u8]) -> io::Result<Option<Self>> {
        let Some(&first) = bytes.first() else { return Ok(None) };
        let length = usize::from(first);
        if length < SHORT {
            let (number, end) = (u32::from(first), 1 + length);
            return Ok(Some(Head { kind: Kind::Value, number, start: 1, end }));
        }
        let kind = Kind::from_byte(first).ok_or(io::ErrorKind::InvalidData)?;
        let Some(&[_, a, b, c, d]) = bytes.first_chunk() else { return Ok(None) };
        let number = u32::from_le_bytes([a, b, c, d]);
        let length = if kind.has_body() { number as usize } else { 0 };
        Ok(Some(Head { kind, number, start: HEAD, end: HEAD + length }))
    }
}
