//! What one worker is sent: chunks on its page, large items through its bulk socket, and bells.

use std::collections::VecDeque;
use std::rc::Rc;

use nix::unistd::Pid;

use crate::chunk::Chunk;
use crate::message::Head;
use crate::page::{Page, PageWriter, SLOTS};
use crate::panics;
use crate::wire::{Outgoing, ParentWires};

/// The sending end of a worker's chunks.
pub(crate) struct Outbox {
    writer: PageWriter,
    /// Large items that the socket has not taken yet.
    outgoing: VecDeque<Outgoing>,
    /// How many chunks and how many large items were given.
    chunks: u64,
    frames: u64,
    /// How many items were published that the worker was not woken for.
    news: usize,
}

impl Outbox {
    pub(crate) fn new() -> Self {
        Outbox {
            writer: PageWriter::new(),
            outgoing: VecDeque::new(),
            chunks: 0,
            frames: 0,
            news: 0,
        }
    }

    /// Whether the chunk fits into the ring now.
    pub(crate) fn has_room(&mut self, page: &Page, chunk: &Chunk) -> bool {
        let has_slot = self.chunks - page.chunks_done() < SLOTS as u64;
        // One word is kept free for `Finish`.
        has_slot && self.writer.has_room(&page.items, chunk.ring_words() + 1)
    }

    /// Gives a chunk, for which there must be room, and says which claim is its.
    pub(crate) fn give(&mut self, page: &Page, chunk: &Chunk, worker: Pid) -> u64 {
        let (ring, number) = (&page.items, self.chunks);
        self.chunks += 1;
        // Before the chunk is published, the worker does not touch this claim: `has_room` has seen
        // that it has finished the chunk that had it before.
        page.claim(number).reset();
        self.writer.put(ring, Head::Chunk(chunk.items).to_word());
        if let Some(head) = chunk.numbers_head() {
            self.writer.put(ring, head.to_word());
        }
        for &word in chunk.words() {
            self.writer.put(ring, word);
        }
        if let Some(body) = chunk.large() {
            let mark = panics::hash((worker.as_raw(), self.frames, "item"));
            self.frames += 1;
            self.writer.amend(ring, self.writer.position() - 1, mark);
            self.outgoing.push_back(Outgoing::new(mark, Rc::clone(body)));
        }
        self.publish(page, chunk.items);
        number
    }

    /// Says that nothing more will come.
    pub(crate) fn finish(&mut self, page: &Page) {
        self.writer.put(&page.items, Head::Finish.to_word());
        self.publish(page, 1);
    }

    fn publish(&mut self, page: &Page, news: usize) {
        self.writer.publish(&page.items);
        self.news += news;
    }

    /// How many items were published that the worker was not woken for.
    pub(crate) fn news(&self) -> usize {
        self.news
    }

    /// Wakes the worker if it sleeps and something new is in its ring. If it does not sleep, it
    /// looks there before it does.
    pub(crate) fn wake(&mut self, page: &Page, wires: &ParentWires) {
        if std::mem::take(&mut self.news) > 0 && page.worker.must_wake() {
            wires.bell.ring();
        }
    }

    /// Sends what waits for the bulk socket, as far as it takes it. False if the worker is gone.
    pub(crate) fn send(&mut self, wires: &ParentWires) -> bool {
        while let Some(first) = self.outgoing.front_mut() {
            match first.send(&wires.bulk) {
                Some(true) => drop(self.outgoing.pop_front()),
                Some(false) => return true,
                None => return false,
            }
        }
        true
    }

    /// Whether something waits for the bulk socket.
    pub(crate) fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }
}
