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

    /// Whether the chunk fits into the ring now, and has a claim. One is free when both sides are
    /// through with the chunk that had it: the worker when the chunk is done, and the parent when it
    /// has all answers to it. `oldest` is the oldest claim that the parent still looks at.
    pub(crate) fn has_room(&mut self, page: &Page, chunk: &Chunk, oldest: Option<u64>) -> bool {
        let done = page.chunks_done();
        let free = oldest.map_or(done, |oldest| oldest.min(done));
        let has_slot = self.chunks.saturating_sub(free) < SLOTS as u64;
        // One word is kept free for `Finish`.
        has_slot && self.writer.has_room(&page.items, chunk.ring_words() + 1)
    }

    /// Gives a chunk, for which there must be room, and says which claim is its.
    pub(crate) fn give(&mut self, page: &Page, chunk: &Chunk, worker: Pid) -> u64 {
        let (ring, number) = (&page.items, self.chunks);
        self.chunks += 1;
        // Nobody looks at this claim before the chunk is published: `has_room` has seen that the
        // chunk that had it before is done, and answered.
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

#[cfg(test)]
#[cfg_attr(
    miri,
    allow(clippy::allow_attributes, dead_code, reason = "Miri has no shared mappings")
)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::time::Instant;

    use nix::unistd::getpid;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    use super::Outbox;
    use crate::call::{Answer, Call, Order, SharedCall};
    use crate::chunk::{Chunk, ChunkBuilder};
    use crate::error::Cause;
    use crate::fences::Fences;
    use crate::inbox::Inbox;
    use crate::message::Message;
    use crate::page::{Page, RING, SLOTS, SharedPage};
    use crate::queue::Queue;
    use crate::wire::{ParentWires, pair};
    use crate::worker_link::{self, Item, Link, Next};

    /// Both sides of a worker in one process: any order of their steps can be had.
    struct Sides {
        page: &'static Page,
        wires: ParentWires,
        queue: Queue,
        outbox: Outbox,
        inbox: Inbox,
        link: Link,
        call: SharedCall,
        /// Chunks that no side has now, and how many items there were so far.
        pending: Vec<Chunk>,
        given: usize,
        /// How often the worker has run each item.
        runs: Vec<u32>,
    }

    impl Sides {
        fn new() -> Self {
            let page: &'static Page = Box::leak(Box::new(SharedPage::new().unwrap()));
            let (wires, theirs) = pair().unwrap();
            Sides {
                page,
                wires,
                queue: Queue::new(Fences::Both),
                outbox: Outbox::new(),
                inbox: Inbox::new(),
                link: Link::new(page, theirs, Fences::Both, Instant::now(), false),
                call: Rc::new(RefCell::new(Call::new(Order::Input))),
                pending: Vec::new(),
                given: 0,
                runs: Vec::new(),
            }
        }

        fn next_chunk(&mut self, items: usize) -> Chunk {
            self.pending.pop().unwrap_or_else(|| {
                let mut builder = ChunkBuilder::default();
                for item in self.given..self.given + items {
                    builder.push(item as u64, &mut Vec::new()).unwrap();
                }
                self.call.borrow_mut().give(items);
                let chunk = builder.finish(&self.call, self.given).unwrap();
                self.given += items;
                self.runs.resize(self.given, 0);
                chunk
            })
        }

        /// The parent gives up to `most` chunks.
        fn give(&mut self, most: usize, items: usize) {
            for _ in 0..most {
                let chunk = self.next_chunk(items);
                if !self.outbox.has_room(self.page, &chunk, self.queue.oldest()) {
                    return self.pending.push(chunk);
                }
                let number = self.outbox.give(self.page, &chunk, getpid());
                self.queue.push(chunk, number);
            }
        }

        /// The worker runs up to `most` chunks, as long as it need not wait for room.
        fn work(&mut self, most: usize) {
            for _ in 0..most {
                let unread = self.page.answers.published() - self.page.answers.released();
                if unread > RING as u64 / 2 {
                    return;
                }
                let Next::Chunk(items) = self.link.next() else { return };
                let mut chunk = self.link.begin(items);
                while let Some(Item::Number(item)) = self.link.next_item(&mut chunk).unwrap() {
                    self.runs[item as usize] += 1;
                    self.answer(&mut chunk, item);
                }
                self.link.end(&chunk).unwrap();
            }
        }

        /// Most results are numbers, which make blocks; what is none ends a block early.
        fn answer(&mut self, chunk: &mut worker_link::Chunk, item: u64) {
            let answered = match item % 50 {
                20 => self.link.value(chunk, item.to_string()),
                40 => {
                    let (message, place) = (item.to_string(), String::new());
                    self.link.answer(chunk, &Message::Panicked { message, place })
                }
                _ => self.link.number(chunk, item + 1),
            };
            answered.unwrap();
        }

        /// The parent reads what the worker has answered.
        fn read(&mut self) {
            let Sides { page, wires, queue, inbox, .. } = self;
            let read = inbox.read(wires, page, queue, false, &mut Vec::new());
            assert!(read.is_ok(), "an answer that was not believed");
        }

        /// Every result is the one of its item, and all are there.
        fn check_results(&self) {
            let mut next = 0;
            while let Some((first, mut answers)) = self.call.borrow_mut().take_ready() {
                assert_eq!(first, next);
                let (arena, list) = answers.mixed();
                for answer in list {
                    assert!(is_of(next as u64, answer, arena), "item {next}: {answer:?}");
                    next += 1;
                }
            }
            assert_eq!(next, self.given);
        }
    }

    fn is_of(item: u64, answer: &Answer, arena: &[u8]) -> bool {
        match (item % 50, answer) {
            (20, Answer::Inline(at)) => arena[at.clone()] == *item.to_string().as_bytes(),
            (40, Answer::Failed(Cause::Panicked { message, .. })) => *message == item.to_string(),
            (20 | 40, _) => false,
            (_, Answer::Number(number)) => *number == item + 1,
            _ => false,
        }
    }

    /// The worker is through with chunks whose answers the parent has not read, and others were
    /// taken back from behind them: then their claims are not free yet.
    #[test]
    #[cfg_attr(miri, ignore = "Miri has no shared mappings")]
    fn a_claim_is_not_used_again_before_its_answers_are_read() {
        let mut sides = Sides::new();
        sides.give(SLOTS, 1);
        let back = sides.queue.take_half(sides.page);
        assert_eq!(back.len(), SLOTS / 2);
        sides.work(SLOTS);
        sides.pending = back;
        sides.give(SLOTS, 1);
        sides.read();
        sides.give(SLOTS, 1);
        sides.work(SLOTS);
        sides.read();
        assert!(sides.runs[..SLOTS].iter().all(|&runs| runs == 1));
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no shared mappings")]
    fn in_any_order_of_steps_each_item_is_run_once() {
        for seed in 0..20 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut sides = Sides::new();
            for _ in 0..100 {
                let most = rng.random_range(0..SLOTS + SLOTS / 2);
                match rng.random_range(0..8) {
                    0..3 => sides.give(most, rng.random_range(1..4)),
                    3..5 => sides.work(most),
                    5 => sides.read(),
                    6 => {
                        let back = sides.queue.take_half(sides.page);
                        sides.pending.extend(back);
                    }
                    _ => sides.pending.extend(sides.queue.take_rest(sides.page)),
                }
            }
            while !sides.call.borrow().is_done() {
                sides.give(sides.pending.len(), 1);
                sides.work(SLOTS);
                sides.read();
            }
            sides.check_results();
            assert!(sides.runs.iter().all(|&runs| runs == 1), "seed {seed}");
        }
    }
}
