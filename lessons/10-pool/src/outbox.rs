//! The sending end of a worker: many answers, few writes.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::board::{Board, STAGE};
use crate::message::{HEAD, Kind, LARGE, head};

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

    /// Adds an answer. Small ones wait on the stage, large ones go out at once.
    pub(crate) fn push(&mut self, kind: Kind, body: &[u8]) -> io::Result<()> {
        let head = head(kind, body.len()).map_err(io::Error::other)?;
        if body.len() >= LARGE {
            self.flush()?;
            self.stream.write_all(&head)?;
            self.stream.write_all(body)?;
            self.board.sent(HEAD + body.len());
            return Ok(());
        }
        if !self.board.add([&head, body]) {
            self.flush()?;
            let added = self.board.add([&head, body]);
            debug_assert!(added, "BUG: a small answer fits on an empty stage");
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
