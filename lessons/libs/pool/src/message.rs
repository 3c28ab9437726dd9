//! The messages between parent and worker, and their form in a ring.
//!
//! ```text
//!  one word               length or count          as many words as they need
//! ┌──────┬───────────────────────────────────┐ ┌──────────────────────────────┐
//! │ kind │ number (56 bits)                  │ │ bytes, or numbers            │
//! └──────┴───────────────────────────────────┘ └──────────────────────────────┘
//! ```
//!
//! A message is complete in the ring, with one exception: the worker publishes the results of a
//! [`Head::Numbers`] one by one, and lowers the count when the block ends early.

use crate::page::{PageReader, PageWriter, RING};
use crate::ring::Ring;

/// What is this long or longer goes through the bulk socket.
pub(crate) const LARGE: usize = 16 * 1024;

/// How much of a text crosses.
const TEXT: usize = 8 * 1024;

/// The kinds of messages, numbered by the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Chunk,
    Numbers,
    Value,
    Large,
    Panicked,
    NotDecoded,
    NotEncoded,
    Ready,
    NotReady,
    Rate,
    Closed,
    Finish,
}

impl Kind {
    const ALL: [Kind; 12] = [
        Kind::Chunk,
        Kind::Numbers,
        Kind::Value,
        Kind::Large,
        Kind::Panicked,
        Kind::NotDecoded,
        Kind::NotEncoded,
        Kind::Ready,
        Kind::NotReady,
        Kind::Rate,
        Kind::Closed,
        Kind::Finish,
    ];
}

/// The table above and the compiler's numbers agree.
const _: () = {
    let mut index = 0;
    while index < Kind::ALL.len() {
        assert!(Kind::ALL[index] as usize == index);
        index += 1;
    }
};

fn word(kind: Kind, number: usize) -> u64 {
    (kind as u64) << 56 | number as u64
}

/// The first word of a message, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// To the worker: a chunk of this many items. They follow, as one block of numbers or as values.
    Chunk(usize),
    /// To the worker: no more chunks will come.
    Finish,
    /// This many numbers follow.
    Numbers(usize),
    /// A value of this many bytes follows.
    Value(usize),
    /// A value of this many bytes comes through the bulk socket. The frame's mark follows.
    Large(usize),
    /// A message of another kind; its bytes follow.
    Other(usize),
}

impl Head {
    /// `None` if no message begins with this word.
    #[inline]
    pub(crate) fn of(word: u64) -> Option<Head> {
        let number = (word & ((1 << 56) - 1)) as usize;
        Some(match Kind::ALL.get((word >> 56) as usize)? {
            Kind::Chunk => Head::Chunk(number),
            Kind::Numbers => Head::Numbers(number),
            Kind::Value => Head::Value(number),
            Kind::Large => Head::Large(number),
            Kind::Finish => Head::Finish,
            Kind::Ready | Kind::Rate => Head::Other(0),
            _ => Head::Other(number),
        })
    }

    #[inline]
    pub(crate) fn to_word(self) -> u64 {
        match self {
            Head::Chunk(items) => word(Kind::Chunk, items),
            Head::Finish => word(Kind::Finish, 0),
            Head::Numbers(count) => word(Kind::Numbers, count),
            Head::Value(length) => word(Kind::Value, length),
            Head::Large(length) => word(Kind::Large, length),
            Head::Other(_) => unreachable!("BUG: a message is written by `Message::write`"),
        }
    }

    /// How many words follow the first one. A chunk's items are messages of their own.
    #[inline]
    pub(crate) fn words_behind(self) -> usize {
        match self {
            Head::Chunk(_) | Head::Finish => 0,
            Head::Numbers(count) => count,
            Head::Value(length) | Head::Other(length) => length.div_ceil(8),
            Head::Large(_) => 1,
        }
    }
}

/// A message of a worker that is not a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// The function panicked on the item.
    Panicked { message: String, place: String },
    /// The item could not be decoded.
    NotDecoded(String),
    /// The result could not be encoded.
    NotEncoded(String),
    /// The initialiser has succeeded, or there is none.
    Ready,
    /// The initialiser has failed.
    NotReady(String),
    /// Average nanoseconds an item took since the previous `Rate`.
    Rate(u32),
    /// Why the worker ends although the parent has not told it to.
    Closed(String),
}

impl Message {
    /// The most words that one takes.
    pub(crate) const WORDS: usize = 1 + TEXT / 8;

    fn parts(&self) -> (Kind, usize, &str, &str) {
        match self {
            Message::Panicked { message, place } => (Kind::Panicked, 0, place, message),
            Message::NotDecoded(reason) => (Kind::NotDecoded, 0, "", reason),
            Message::NotEncoded(reason) => (Kind::NotEncoded, 0, "", reason),
            Message::Ready => (Kind::Ready, 0, "", ""),
            Message::NotReady(reason) => (Kind::NotReady, 0, "", reason),
            Message::Rate(nanos) => (Kind::Rate, *nanos as usize, "", ""),
            Message::Closed(reason) => (Kind::Closed, 0, "", reason),
        }
    }

    /// Writes the message. There must be room for [`Message::WORDS`].
    pub(crate) fn write(&self, writer: &mut PageWriter, ring: &Ring<RING>) {
        let (kind, number, place, text) = self.parts();
        let mut bytes = Vec::new();
        if kind == Kind::Panicked {
            let place = &place[..place.floor_char_boundary(TEXT / 4)];
            bytes.extend_from_slice(place.as_bytes());
            bytes.push(0);
        }
        let rest = text.floor_char_boundary(TEXT - bytes.len());
        bytes.extend_from_slice(&text.as_bytes()[..rest]);
        writer.put(ring, word(kind, number.max(bytes.len())));
        writer.put_bytes(ring, &bytes);
    }

    /// Reads a message whose first word is `first`, and whose other words are all available.
    pub(crate) fn read(first: u64, reader: &mut PageReader, ring: &Ring<RING>) -> Option<Message> {
        let Some(Head::Other(length)) = Head::of(first) else { return None };
        let mut bytes = Vec::new();
        reader.read_bytes(ring, length, &mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some(match Kind::ALL.get((first >> 56) as usize)? {
            Kind::Panicked => {
                let (place, message) = text.split_once('\0')?;
                Message::Panicked { message: message.to_owned(), place: place.to_owned() }
            }
            Kind::NotDecoded => Message::NotDecoded(text),
            Kind::NotEncoded => Message::NotEncoded(text),
            Kind::Ready => Message::Ready,
            Kind::NotReady => Message::NotReady(text),
            Kind::Rate => Message::Rate(first as u32),
            Kind::Closed => Message::Closed(text),
            Kind::Chunk | Kind::Numbers | Kind::Value | Kind::Large | Kind::Finish => {
                return None;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Head, Message, TEXT};
    use crate::page::{PageReader, PageWriter, RING};
    use crate::ring::Ring;

    fn there_and_back(message: &Message) -> Option<Message> {
        let ring: Box<Ring<RING>> = Box::new(Ring::new());
        let (mut writer, mut reader) = (PageWriter::new(), PageReader::new());
        message.write(&mut writer, &ring);
        writer.publish(&ring);
        assert!(reader.refresh(&ring)? <= Message::WORDS);
        let first = reader.next(&ring);
        let read = Message::read(first, &mut reader, &ring);
        assert_eq!(reader.available(), 0);
        read
    }

    #[test]
    fn messages_come_back() {
        let text = || "a reason – with ∆".to_owned();
        for message in [
            Message::Panicked { message: text(), place: "src/main.rs:1:2".to_owned() },
            Message::Panicked { message: String::new(), place: String::new() },
            Message::NotDecoded(text()),
            Message::NotEncoded(text()),
            Message::Ready,
            Message::NotReady(String::new()),
            Message::Rate(u32::MAX),
            Message::Closed(text()),
        ] {
            assert_eq!(there_and_back(&message), Some(message));
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let message = Message::Panicked { message: "ä".repeat(TEXT), place: "x".repeat(TEXT) };
        let Some(Message::Panicked { message, place }) = there_and_back(&message) else {
            panic!("not a panic")
        };
        assert_eq!(place.len(), TEXT / 4);
        assert!(message.len() > TEXT / 2 && message.chars().all(|c| c == 'ä'));
    }

    #[test]
    fn a_word_of_no_kind_is_no_message() {
        assert_eq!(Head::of(u64::MAX), None);
        assert_eq!(Head::of(Head::Value(7).to_word()), Some(Head::Value(7)));
    }
}
