//! The sending end of a worker: many answers, few writes.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::board::{Board, STAGE};

/// An answer waits on the stage no longer than this before it is sent, or one item longer.
const PATIENCE: Duration = Duration::from_micros(500);

/// Collects answers on the stage of the board and sends them together.
///
/// The bytes of sent answers, those on the stage, and those still to come are *one* stream. The
/// parent may see a part of it on the stage before it comes through the socket.
pub(crate) struct Outbox {
    stream: UnixStream,
    board: Board,
    last_sent: Instant,
}

impl Outbox {
    pub(crate) fn new(stream: UnixStream, board: Board) -> Self {
        Outbox { stream, board, last_sent: Instant::now() }
    }

    pub(crate) fn board(&self) -> &Board {
        &self.board
    }

    pub(crate) fn stream(&self) -> &UnixStream {
        &self.stream
    }

    /// Adds an answer that is a whole message. Small ones wait on the stage.
    #[inline]
    pub(crate) fn push(&mut self, message: &[u8]) -> io::Result<()> {
        if self.board.add(message) {
            return Ok(());
        }
        self.flush()?;
        if self.board.add(message) { Ok(()) } else { self.send(&[message]) }
    }

    /// Sends at once an answer that is large. Its body is not copied.
    pub(crate) fn push_large(&mut self, head: &[u8], body: &[u8]) -> io::Result<()> {
        self.flush()?;
        self.send(&[head, body])
    }

    /// Sends without a detour over the stage, which is empty.
    fn send(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        for part in parts {
            self.stream.write_all(part)?;
            self.board.sent(part.len());
        }
        Ok(())
    }

    /// Sends what has waited long enough, or is much.
    pub(crate) fn flush_if_due(&mut self, now: Instant) -> io::Result<()> {
        if self.board.staged() > STAGE / 2 || now - self.last_sent > PATIENCE {
            self.last_sent = now;
            self.flush()?;
        }
        Ok(())
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
