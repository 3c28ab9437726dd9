//! The sending end of a worker: many answers, few writes.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;

use crate::board::{Board, STAGE};
use crate::message::{HEAD, frame};
use crate::payload::Payload;

/// Collects answers on the stage of the board and sends them together.
///
/// The bytes of sent answers, those on the stage, and those still to come are *one* stream. The
/// parent may see a part of it on the stage before it comes through the socket.
pub(crate) struct Outbox {
    stream: UnixStream,
    board: Board,
}

/// A value as bytes, where nobody sees it yet.
pub(crate) enum Encoded {
    /// A message of so many bytes, behind what is on the stage.
    Staged(usize),
    /// A body that is too large for the stage.
    Apart(Vec<u8>),
}

impl Outbox {
    pub(crate) fn new(stream: UnixStream, board: Board) -> Self {
        Outbox { stream, board }
    }

    pub(crate) fn board(&self) -> &Board {
        &self.board
    }

    pub(crate) fn stream(&self) -> &UnixStream {
        &self.stream
    }

    /// Encodes a value behind what is on the stage, or apart if it is large.
    ///
    /// The inner error is the encoder's.
    #[inline]
    pub(crate) fn encode<R: Payload>(&mut self, value: R) -> io::Result<Result<Encoded, String>> {
        let value = match value.into_bytes() {
            Ok(bytes) => return Ok(Ok(Encoded::Apart(bytes))),
            Err(value) => value,
        };
        match self.stage(&value) {
            Ok(Some(count)) => Ok(Ok(Encoded::Staged(count))),
            Ok(None) => self.encode_elsewhere(&value),
            Err(reason) => Ok(Err(reason)),
        }
    }

    /// For a value that does not fit behind what is on the stage.
    fn encode_elsewhere<R: Payload>(&mut self, value: &R) -> io::Result<Result<Encoded, String>> {
        self.flush()?;
        Ok(match self.stage(value) {
            Ok(Some(count)) => Ok(Encoded::Staged(count)),
            Ok(None) => {
                let mut bytes = Vec::new();
                value.encode(&mut bytes).map(|()| Encoded::Apart(bytes))
            }
            Err(reason) => Err(reason),
        })
    }

    /// Encodes a value on the stage. `None` if it does not fit.
    #[inline]
    fn stage<R: Payload>(&mut self, value: &R) -> Result<Option<usize>, String> {
        let mut room = Room { bytes: self.board.room(), used: 1, full: false };
        let encoded = value.encode(&mut room);
        if room.full {
            return Ok(None);
        }
        encoded?;
        frame(room.bytes, room.used - 1).map(Some)
    }

    /// The message that was encoded on the stage is an answer.
    #[inline]
    pub(crate) fn publish(&mut self, count: usize) {
        self.board.publish(count);
    }

    /// Adds a message to the others, or sends it at once if it is large.
    pub(crate) fn push(&mut self, head: &[u8], body: &[u8]) -> io::Result<()> {
        let count = head.len() + body.len();
        if count > self.board.room().len() {
            self.flush()?;
        }
        let room = self.board.room();
        if count > room.len() {
            return self.send(&[head, body]);
        }
        room[..head.len()].copy_from_slice(head);
        room[head.len()..count].copy_from_slice(body);
        self.board.publish(count);
        Ok(())
    }

    /// Sends without a detour over the stage, which is empty.
    fn send(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        for part in parts {
            self.stream.write_all(part)?;
            self.board.sent(part.len());
        }
        Ok(())
    }

    /// Whether so much is on the stage that it should be sent.
    pub(crate) fn is_full(&self) -> bool {
        self.board.staged() > STAGE / 2
    }

    /// Sends everything.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let bytes = self.board.on_stage();
        if !bytes.is_empty() {
            let count = bytes.len();
            (&self.stream).write_all(bytes)?;
            self.board.sent(count);
        }
        Ok(())
    }
}

/// The room on the stage, as something to write a value to: from the second byte on, and so that
/// there is room for a longer head.
struct Room<'a> {
    bytes: &'a mut [u8],
    used: usize,
    /// Whether something did not fit.
    full: bool,
}

impl Write for Room<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.used + bytes.len();
        if end + HEAD > self.bytes.len() {
            self.full = true;
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.bytes[self.used..end].copy_from_slice(bytes);
        self.used = end;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
