//! A worker's queue: the chunks it has been given and has not yet answered, oldest first.

use std::collections::VecDeque;

use crate::board::{Board, SLOTS};
use crate::chunk::Chunk;
use crate::pace::QUEUE_BYTES;

/// The chunks of one worker. Those at the front are sent, the others wait for room in the socket.
pub(crate) struct Queue<R> {
    /// `None` is a chunk that was taken back and that the worker has yet to skip.
    entries: VecDeque<Option<Chunk<R>>>,
    /// The number of the front entry's slot on the board.
    number: usize,
    /// How many items of the front chunk are answered.
    answered: usize,
    /// How many entries are sent, and how many bytes of the next.
    sent: usize,
    partly: usize,
    /// The items and the bytes in the queue.
    items: usize,
    bytes: usize,
}

impl<R> Queue<R> {
    pub(crate) fn new() -> Self {
        let entries = VecDeque::new();
        Queue { entries, number: 0, answered: 0, sent: 0, partly: 0, items: 0, bytes: 0 }
    }

    /// The number of items that are not answered.
    pub(crate) fn items(&self) -> usize {
        self.items - self.answered
    }

    /// The entry of the first chunk: what the worker is at, or will be at next.
    fn first(&self) -> Option<usize> {
        self.entries.iter().position(Option::is_some)
    }

    /// The number of items behind that first chunk.
    pub(crate) fn spare(&self) -> usize {
        let Some(first) = self.first() else { return 0 };
        let answered = if first == 0 { self.answered } else { 0 };
        let at_first = self.entries[first].as_ref().map_or(0, |chunk| chunk.items - answered);
        self.items() - at_first
    }

    /// The number of chunks, also of those that are to be skipped.
    pub(crate) fn chunks(&self) -> usize {
        self.entries.len()
    }

    /// Whether the worker should not get more, with `depth` chunks as the measure.
    pub(crate) fn is_full(&self, depth: usize) -> bool {
        let many = self.entries.len() >= depth || self.bytes >= QUEUE_BYTES;
        !self.has_slot() || many && self.entries.len() >= 2
    }

    /// Whether the board has a slot for one more chunk.
    pub(crate) fn has_slot(&self) -> bool {
        self.entries.len() < SLOTS
    }

    pub(crate) fn push(&mut self, chunk: Chunk<R>, board: &Board) {
        board.queue(self.number + self.entries.len());
        self.items += chunk.items;
        self.bytes += chunk.length();
        self.entries.push_back(Some(chunk));
    }

    /// What to send next, up to about `limit` bytes of small chunks in one go.
    pub(crate) fn unsent<'a>(
        &'a self,
        gathered: &'a mut Vec<u8>,
        limit: usize,
    ) -> Option<&'a [u8]> {
        let mut partly = self.partly;
        gathered.clear();
        for chunk in self.entries.range(self.sent..).flatten() {
            let bytes = chunk.unsent(partly);
            if gathered.is_empty() && bytes.len() >= limit / 2 {
                return Some(bytes);
            }
            if gathered.len() + bytes.len() > limit {
                break;
            }
            gathered.extend_from_slice(bytes);
            if partly + bytes.len() < chunk.length() {
                break;
            }
            partly = 0;
        }
        (!gathered.is_empty()).then_some(gathered)
    }

    /// So many bytes more are sent.
    pub(crate) fn sent(&mut self, count: usize) {
        self.partly += count;
        while let Some(Some(chunk)) = self.entries.get(self.sent) {
            if self.partly < chunk.length() {
                return;
            }
            self.partly -= chunk.length();
            self.sent += 1;
        }
    }

    /// Whether something waits to be sent.
    pub(crate) fn has_unsent(&self) -> bool {
        self.sent < self.entries.len()
    }

    /// The chunk whose answers are coming, and the place in it of the next one. `None` if the
    /// worker has begun none.
    pub(crate) fn current(&self, board: &Board) -> Option<(&Chunk<R>, usize)> {
        let chunk = self.entries.front()?.as_ref()?;
        board.is_taken(self.number).then_some((chunk, self.answered))
    }

    /// So many more items of the current chunk are answered. With the last one it is over.
    pub(crate) fn answered(&mut self, count: usize) {
        self.answered += count;
        if let Some(Some(chunk)) = self.entries.front()
            && self.answered >= chunk.items
        {
            self.items -= chunk.items;
            self.bytes -= chunk.length();
            self.pop();
        }
    }

    /// The worker says that it has skipped the front chunk. Whether that can be.
    pub(crate) fn skipped(&mut self) -> bool {
        let revoked = matches!(self.entries.front(), Some(None));
        if revoked {
            self.pop();
        }
        revoked
    }

    fn pop(&mut self) {
        self.entries.pop_front();
        self.number += 1;
        self.sent = self.sent.saturating_sub(1);
        self.answered = 0;
    }

    /// Takes the last chunk back, unless the worker has begun it or has nothing to do before it.
    ///
    /// The first chunk stays in any case: so every chunk that moves to another worker is run there
    /// or moves behind one that is, and none moves for ever.
    pub(crate) fn take_back(&mut self, board: &Board) -> Option<Chunk<R>> {
        let first = self.first()?;
        let last = self.entries.iter().rposition(Option::is_some)?;
        if first == last {
            return None;
        }
        let chunk = self.withdraw(last, board)?;
        self.items -= chunk.items;
        self.bytes -= chunk.length();
        Some(chunk)
    }

    /// Takes back all chunks that `unwanted` says, as far as the worker has not begun them.
    pub(crate) fn discard(&mut self, board: &Board, unwanted: impl Fn(&Chunk<R>) -> bool) {
        for index in (0..self.entries.len()).rev() {
            if self.entries[index].as_ref().is_some_and(&unwanted)
                && let Some(chunk) = self.withdraw(index, board)
            {
                self.items -= chunk.items;
                self.bytes -= chunk.length();
            }
        }
    }

    /// Takes the chunk out of the entry `index`, if that is still possible.
    fn withdraw(&mut self, index: usize, board: &Board) -> Option<Chunk<R>> {
        if index < self.sent {
            // The worker may have it: whoever changes the slot first has decided.
            return board.revoke(self.number + index).then(|| self.entries[index].take())?;
        }
        // Not sent, so the worker will never hear of it; unless the first half is sent.
        let whole = index > self.sent || self.partly == 0;
        if whole { self.entries.remove(index)? } else { None }
    }

    /// How many items the worker has not answered of the chunk that it is at.
    pub(crate) fn at_work(&self, board: &Board) -> usize {
        self.current(board).map_or(0, |(chunk, answered)| chunk.items - answered)
    }

    /// Asks the worker to give back the rest of the chunk that it is at.
    pub(crate) fn want_rest(&self, board: &Board) {
        board.want_rest(self.number);
    }

    /// The worker says that it has given back the rest of the front chunk. `None` if that cannot
    /// be.
    pub(crate) fn given_back(&mut self, board: &Board) -> Option<Chunk<R>> {
        let (_, answered) = self.current(board)?;
        if !board.is_rest_wanted(self.number) {
            return None;
        }
        let chunk = self.entries.front_mut()?.take()?;
        self.items -= chunk.items;
        self.bytes -= chunk.length();
        self.pop();
        chunk.behind(answered)
    }

    /// After the worker's death: what it leaves.
    pub(crate) fn dissolve(&mut self, board: &Board) -> Remains<R> {
        let is_begun = board.is_taken(self.number);
        let answered = self.answered;
        let mut chunks = std::mem::replace(self, Queue::new()).entries.into_iter();
        let begun = if is_begun { chunks.next().flatten() } else { None };
        Remains { begun, answered, waiting: chunks.flatten().collect() }
    }
}

/// The queue of a dead worker.
pub(crate) struct Remains<R> {
    /// The chunk that it had begun.
    pub(crate) begun: Option<Chunk<R>>,
    /// How many items of that are answered. The next is the one it was at.
    pub(crate) answered: usize,
    /// What it had not begun.
    pub(crate) waiting: Vec<Chunk<R>>,
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::{Board, Chunk, Queue};
    use crate::call::{Call, Order};

    fn chunk(first: usize) -> Chunk<u8> {
        let mut chunk = Chunk::new(Rc::new(RefCell::new(Call::new(Order::Input))), first, 0);
        assert_eq!(chunk.push(0_u8), Ok(()));
        chunk.seal();
        chunk
    }

    /// With a chunk's last answer the next one is the first, which stays.
    #[test]
    fn an_answered_chunk_keeps_nobody_busy() {
        let board = Board::new().expect("memory");
        let mut queue = Queue::new();
        queue.push(chunk(0), &board);
        queue.push(chunk(1), &board);
        assert_eq!((queue.items(), queue.spare()), (2, 1));
        queue.answered(1);
        assert_eq!((queue.items(), queue.spare(), queue.chunks()), (1, 0, 1));
        assert!(queue.take_back(&board).is_none(), "it would be passed round for ever");
        queue.push(chunk(2), &board);
        assert_eq!((queue.items(), queue.spare()), (2, 1));
        assert_eq!(queue.take_back(&board).map(|chunk| chunk.first), Some(2));
        assert_eq!((queue.items(), queue.spare(), queue.chunks()), (1, 0, 1));
    }

    /// Nonsense in the socket costs the worker its life, but nobody a chunk.
    #[test]
    fn what_is_not_begun_is_neither_answered_nor_skipped() {
        let board = Board::new().expect("memory");
        let mut queue = Queue::new();
        queue.push(chunk(0), &board);
        assert!(queue.current(&board).is_none(), "the worker has not taken it");
        assert_eq!((queue.skipped(), queue.items()), (false, 1));
        assert!(board.take(0), "nobody else has it");
        assert_eq!(queue.current(&board).map(|(chunk, place)| (chunk.first, place)), Some((0, 0)));
    }
}
