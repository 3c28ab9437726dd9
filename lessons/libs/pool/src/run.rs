//! One call at work: items go from its input to the workers, answers come back.

use std::cell::RefCell;
use std::iter::Fuse;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::call::{Call, Order};
use crate::chunk::Chunk;
use crate::error::Error;
use crate::message::LARGE;
use crate::pace::Supply;
use crate::payload::Payload;
use crate::pool::{Pool, Progress};

/// How many results `map` makes room for before the first comes. An input may claim anything.
const PREPARED: usize = 1 << 20;

/// A call with its input. When it is dropped, what has not begun is not run.
pub(crate) struct Run<'p, A: Payload, R: Payload, I: Iterator<Item = A>> {
    pool: &'p Pool<A, R>,
    input: Fuse<I>,
    /// Whether the input has ended, or no more of it is wanted.
    exhausted: bool,
    stop_at_error: bool,
    call: Rc<RefCell<Call<R>>>,
    /// How many items may be given and not handed out.
    window: usize,
    /// How many items there are, if the input knows.
    total: Option<usize>,
    /// How many items there are at least, as the input says.
    at_least: usize,
    /// How many bytes the last chunk had: the next will have about as many.
    typical: usize,
}

impl<'p, A: Payload, R: Payload, I: Iterator<Item = A>> Run<'p, A, R, I> {
    pub(crate) fn new(pool: &'p Pool<A, R>, input: I, order: Order, window: usize) -> Self {
        let (at_least, at_most) = input.size_hint();
        Run {
            pool,
            input: input.fuse(),
            exhausted: false,
            stop_at_error: false,
            call: Rc::new(RefCell::new(Call::new(order))),
            window,
            total: at_most.filter(|&most| most == at_least),
            at_least,
            typical: 0,
        }
    }

    /// From the first error that comes, no more items are given.
    pub(crate) fn stop_at_error(&mut self) {
        self.stop_at_error = true;
    }

    /// Takes in results in input order, up to the first error.
    pub(crate) fn collect(&mut self) -> Result<Vec<R>, Error> {
        let mut results = Vec::with_capacity(self.at_least.min(PREPARED));
        while let Some((_, result)) = self.next() {
            results.push(result?);
            // What has come with it, without looking around for every single one.
            for result in self.call.borrow_mut().pop_all() {
                results.push(result?);
            }
        }
        Ok(results)
    }

    /// The next answer, waiting for it if need be. `None` if there are no more.
    pub(crate) fn next(&mut self) -> Option<(usize, Result<R, Error>)> {
        loop {
            let mut call = self.call.borrow_mut();
            if let Some(answer) = call.pop() {
                return Some(answer);
            }
            if self.exhausted && call.is_done() {
                return None;
            }
            drop(call);
            self.feed();
            if !self.call.borrow().has_next() {
                self.turn(None);
            }
        }
    }

    /// Gives items as long as workers want some and the window allows it.
    fn feed(&mut self) {
        if self.stop_at_error && self.call.borrow().has_failed() {
            self.exhausted = true;
        }
        self.pool.prepare(Supply::Measured);
        while !self.exhausted {
            let room = self.window.saturating_sub(self.call.borrow().open());
            let wanted = self.pool.dispatcher().wants().unwrap_or(0);
            if wanted.min(room) == 0 {
                return;
            }
            let chunk = self.next_chunk(wanted.min(room));
            self.pool.dispatcher().push(chunk);
        }
    }

    /// Gives all items at once.
    pub(crate) fn give_all(&mut self) {
        while !self.exhausted {
            let size = self.pool.dispatcher().chunk_size();
            let chunk = self.next_chunk(size);
            self.pool.dispatcher().push(chunk);
        }
        self.pool.prepare(Supply::Full);
        self.turn(Some(Duration::ZERO));
    }

    /// Up to `size` items of the input. The user's iterator runs here, and may use the pool.
    fn next_chunk(&mut self, size: usize) -> Chunk<R> {
        let first = self.call.borrow().given;
        let mut chunk = Chunk::new(Rc::clone(&self.call), first, self.typical);
        while chunk.items < size && !chunk.is_full() {
            let Some(item) = self.input.next() else {
                self.exhausted = true;
                break;
            };
            if let Err(cause) = chunk.push(item) {
                // It has its answer. The indices in a chunk have no gap, so this one ends here.
                let mut call = self.call.borrow_mut();
                call.give(chunk.items + 1);
                call.put(first + chunk.items, Err(cause));
                chunk.seal();
                return chunk;
            }
        }
        self.call.borrow_mut().give(chunk.items);
        chunk.seal();
        self.typical = chunk.length().min(LARGE);
        chunk
    }

    /// One round of the dispatcher, and a word to the hook if answers have come.
    fn turn(&self, patience: Option<Duration>) {
        let before = self.call.borrow().done;
        self.pool.turn(patience);
        let done = self.call.borrow().done;
        if done > before {
            self.pool.report(Progress { done, total: self.total });
        }
    }

    /// How many items are answered, and how many were given.
    pub(crate) fn progress(&self) -> (usize, usize) {
        let call = self.call.borrow();
        (call.done, call.given)
    }

    /// For a call that has given all: moves on until it is done or `limit` has passed, and says
    /// whether it is done.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        let start = Instant::now();
        while !self.call.borrow().is_done() {
            let left = limit.saturating_sub(start.elapsed());
            self.pool.prepare(Supply::Full);
            self.turn(Some(left));
            if left.is_zero() {
                return self.call.borrow().is_done();
            }
        }
        true
    }
}

impl<A: Payload, R: Payload, I: Iterator<Item = A>> Drop for Run<'_, A, R, I> {
    fn drop(&mut self) {
        let mut call = self.call.borrow_mut();
        let over = call.is_done();
        call.forget();
        drop(call);
        if !over {
            self.pool.forget(&self.call);
        }
    }
}
