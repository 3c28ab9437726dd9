//! A running call: items go from its input to the workers, and answers return and become values.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::iter::Fuse;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::call::{Answer, Answers, Call, Order, SharedCall};
use crate::chunk::ChunkBuilder;
use crate::engine::Engine;
use crate::error::{Cause, Error, What};
use crate::hooks::Progress;
use crate::input_timer::InputTimer;
use crate::panics;
use crate::payload::Payload;
use crate::rate::Demand;
use crate::window::Window;

/// How many results `map` makes room for before the first comes. An input may claim anything.
const PREPARED: usize = 1 << 20;

/// How many items a chunk has at most while nothing is known of how long they take.
const UNTRIED: usize = 1024;

/// A call with its input. When it is dropped, what has not begun is not run.
pub(crate) struct Run<'p, 'f, A: Payload, R: Payload, I: Iterator<Item = A>> {
    engine: &'p Engine<'f>,
    results: PhantomData<fn() -> R>,
    input: Fuse<I>,
    timer: InputTimer,
    /// Whether the input has ended, or no more of it is wanted.
    exhausted: bool,
    stop_at_error: bool,
    call: SharedCall,
    /// The items that were taken and are not given. They survive a panic of the input.
    builder: ChunkBuilder,
    scratch: Vec<u8>,
    /// Answers that are next, and how many were handed out.
    ready: Ready,
    handed: usize,
    window: Window,
    /// How long the call may take, and when that is over.
    limit: Duration,
    deadline: Option<Instant>,
    expired: bool,
    /// How many items there are, if the input knows.
    total: Option<usize>,
    /// How many items there are at least, as the input says.
    at_least: usize,
}

/// Answers on their way to the program.
enum Ready {
    Numbers(usize, std::vec::IntoIter<u64>),
    Mixed { first: usize, arena: Vec<u8>, list: VecDeque<Answer> },
}

impl Ready {
    fn nothing() -> Self {
        Ready::Numbers(0, Vec::new().into_iter())
    }

    fn new(first: usize, answers: Answers) -> Self {
        match answers {
            Answers::Numbers(numbers) => Ready::Numbers(first, numbers.into_iter()),
            Answers::Mixed { arena, list } => Ready::Mixed { first, arena, list },
        }
    }

    /// The next answer as a value, with its index.
    fn next<R: Payload>(&mut self) -> Option<(usize, Result<R, Cause>)> {
        let (index, result) = match self {
            Ready::Numbers(index, numbers) => {
                let number = numbers.next()?;
                (index, R::from_number(number).ok_or_else(|| not_decoded::<R>("a number")))
            }
            Ready::Mixed { first, arena, list } => (first, value(list.pop_front()?, arena)),
        };
        *index += 1;
        Some((*index - 1, result))
    }
}

/// A result from its answer. The program's own `Deserialize` runs here, and may panic.
fn value<R: Payload>(answer: Answer, arena: &[u8]) -> Result<R, Cause> {
    let decoded = catch_unwind(AssertUnwindSafe(|| match answer {
        Answer::Number(number) => Ok(R::from_number(number).ok_or_else(|| "a number".to_owned())),
        Answer::Inline(range) => Ok(R::decode(Cow::Borrowed(&arena[range]))),
        Answer::Owned(bytes) => Ok(R::decode(Cow::Owned(bytes))),
        Answer::Failed(cause) => Err(cause),
    }));
    match decoded {
        Ok(decoded) => decoded?.map_err(|reason| not_decoded::<R>(&reason)),
        Err(payload) => Err(not_decoded::<R>(&format!("panicked: {}", panics::message(payload)))),
    }
}

fn not_decoded<R>(reason: &str) -> Cause {
    let reason = format!("{reason} (as {})", std::any::type_name::<R>());
    Cause::NotDecoded { what: What::Result, reason }
}

/// Appends numbers to results, up to one that is none of this type, and says how many those were.
/// If the results are `u64`, that is a copy of memory.
fn append_numbers<R: Payload>(results: &mut Vec<R>, numbers: &[u64]) -> usize {
    let before = results.len();
    let any: &mut dyn Any = results;
    if let Some(results) = any.downcast_mut::<Vec<u64>>() {
        results.extend_from_slice(numbers);
        return numbers.len();
    }
    results.extend(numbers.iter().map_while(|&number| R::from_number(number)));
    results.len() - before
}

impl<'p, 'f, A: Payload, R: Payload, I: Iterator<Item = A>> Run<'p, 'f, A, R, I> {
    pub(crate) fn new(
        engine: &'p Engine<'f>,
        input: I,
        order: Order,
        window: Window,
        limit: Option<Duration>,
    ) -> Self {
        let (at_least, at_most) = input.size_hint();
        Run {
            engine,
            results: PhantomData,
            input: input.fuse(),
            timer: InputTimer::new(),
            exhausted: false,
            stop_at_error: false,
            call: Rc::new(RefCell::new(Call::new(order))),
            builder: ChunkBuilder::default(),
            scratch: Vec::new(),
            ready: Ready::nothing(),
            handed: 0,
            window,
            limit: limit.unwrap_or(Duration::MAX),
            deadline: limit.and_then(|limit| Instant::now().checked_add(limit)),
            expired: false,
            total: at_most.filter(|&most| most == at_least),
            at_least,
        }
    }

    pub(crate) fn engine(&self) -> &'p Engine<'f> {
        self.engine
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
            // All numbers that have come with it, without looking around for every single one.
            if let Ready::Numbers(index, numbers) = &mut self.ready {
                let count = append_numbers(&mut results, numbers.as_slice());
                numbers.by_ref().take(count).for_each(drop);
                *index += count;
                self.handed += count;
            }
        }
        Ok(results)
    }

    /// The next answer, waiting for it if need be. `None` if there are no more.
    pub(crate) fn next(&mut self) -> Option<(usize, Result<R, Error>)> {
        loop {
            if let Some((index, result)) = self.ready.next() {
                self.handed += 1;
                return Some((index, result.map_err(|cause| Error::of_item(index, cause))));
            }
            if self.take_ready() {
                continue;
            }
            if self.is_over() {
                return None;
            }
            if let Some(owner) = self.engine.foreign_owner() {
                return self.refuse(owner);
            }
            self.feed();
            if !self.call.borrow().has_ready() && !self.is_over() {
                self.poll_once(None);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.exhausted && self.builder.items() == 0 && self.call.borrow().is_done()
    }

    fn take_ready(&mut self) -> bool {
        let Some((first, answers)) = self.call.borrow_mut().take_ready() else { return false };
        self.ready = Ready::new(first, answers);
        true
    }

    /// In a fork of the pool's process: an error for the next item, which no worker will run.
    fn refuse(&mut self, owner: u32) -> Option<(usize, Result<R, Error>)> {
        if self.handed == self.call.borrow().given() + self.builder.items() {
            drop(self.input.next()?);
            self.call.borrow_mut().give(1);
        }
        self.handed += 1;
        Some((self.handed - 1, Err(Error::of_item(self.handed - 1, Cause::WrongProcess { owner }))))
    }

    /// Gives items as long as workers want some and the window allows it. If the input is slow,
    /// only until an answer can be handed out.
    fn feed(&mut self) {
        if self.stop_at_error && self.call.borrow().has_failed() {
            self.exhausted = true;
            self.builder = ChunkBuilder::default();
        }
        self.engine.prepare(Demand::Measured);
        self.timer.interrupt();
        while !self.exhausted {
            let wanted = self.engine.wanted_items().unwrap_or(0).min(self.room());
            if wanted == 0 || self.timer.is_slow() && self.wait_for_answers() {
                return;
            }
            self.fill(wanted);
            self.give();
            if self.timer.is_slow() {
                self.poll_once(Some(Duration::ZERO));
                if self.call.borrow().has_ready() {
                    return;
                }
            }
        }
    }

    /// How many more items may be given.
    fn room(&self) -> usize {
        let call = self.call.borrow();
        let open = call.given() - self.handed.min(call.given());
        if open > 0 && call.bytes_expected() >= self.window.bytes {
            return 0;
        }
        self.window.items.saturating_sub(open)
    }

    /// The input is slow: before it is asked again, what was given may be answered. Waits a part of
    /// the time that the input takes, and says whether an answer has come.
    fn wait_for_answers(&mut self) -> bool {
        let start = Instant::now();
        let timeout = self.timer.answer_timeout();
        while !self.call.borrow().has_ready() && !self.call.borrow().is_done() {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            self.poll_once(Some(left));
        }
        self.call.borrow().has_ready()
    }

    /// Takes up to `size` items of the input. The program's iterator runs here, and may use the
    /// pool, or panic: what was taken stays.
    fn fill(&mut self, size: usize) {
        self.timer.start();
        while self.builder.items() < size && !self.builder.is_full() {
            let Some(item) = self.input.next() else {
                self.exhausted = true;
                return;
            };
            if let Err(reason) = self.builder.push(item, &mut self.scratch) {
                let reason = format!("{reason} (as {})", std::any::type_name::<A>());
                self.give();
                let mut call = self.call.borrow_mut();
                let index = call.given();
                call.give(1);
                call.fail(index, Cause::NotEncoded { what: What::Item, reason });
                return;
            }
            if self.timer.is_late() {
                return;
            }
        }
    }

    /// Gives what was taken.
    fn give(&mut self) {
        let first = self.call.borrow().given();
        let count = self.builder.items();
        self.call.borrow_mut().give(count);
        let Some(chunk) = self.builder.finish(&self.call, first) else { return };
        if self.expired {
            let limit = self.limit;
            for index in first..first + count {
                self.call.borrow_mut().fail(index, Cause::CallTimedOut { limit });
            }
            return;
        }
        self.engine.push(chunk);
        self.timer.chunk_given(count);
    }

    /// Gives all items at once.
    pub(crate) fn give_all(&mut self) {
        if self.engine.foreign_owner().is_some() {
            return;
        }
        self.engine.prepare(Demand::Full);
        while !self.exhausted {
            let size = self.engine.chunk_size();
            // Nothing is known yet: larger and larger chunks, which are shared if they are too long.
            let growing = (1 + self.call.borrow().given() / 8).min(UNTRIED);
            self.fill(if self.engine.is_untried() { size.max(growing) } else { size });
            self.give();
        }
        self.engine.prepare(Demand::Full);
        self.poll_once(Some(Duration::ZERO));
    }

    /// One round of the dispatcher, and a call of the hook if answers have come.
    fn poll_once(&mut self, timeout: Option<Duration>) {
        self.timer.interrupt();
        let before = self.call.borrow().done();
        self.engine.poll_once(self.until_deadline(timeout));
        self.check_deadline();
        let done = self.call.borrow().done();
        if done > before {
            self.engine.report_progress(Progress { done, total: self.total });
        }
    }

    fn until_deadline(&self, timeout: Option<Duration>) -> Option<Duration> {
        let left = self.deadline.filter(|_| !self.expired);
        let left = left.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        timeout.into_iter().chain(left).min()
    }

    /// If the call's time is over: what is not answered fails.
    fn check_deadline(&mut self) {
        if !self.expired && self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            self.expired = true;
            self.cancel(&Cause::CallTimedOut { limit: self.limit });
        }
    }

    /// Whatever is not answered fails with `cause`, and what is begun is cut short.
    pub(crate) fn cancel(&self, cause: &Cause) {
        if self.engine.foreign_owner().is_none() {
            self.engine.cancel(&self.call, cause);
        }
    }

    /// How many items are answered, and how many were given.
    pub(crate) fn progress(&self) -> (usize, usize) {
        let call = self.call.borrow();
        (call.done(), call.given())
    }

    /// For a call that has given all its items: makes progress until it is done or `limit` has
    /// passed, and says whether it is done.
    pub(crate) fn wait(&mut self, limit: Duration) -> bool {
        let start = Instant::now();
        while !self.call.borrow().is_done() {
            if self.engine.foreign_owner().is_some() {
                return false;
            }
            let left = limit.saturating_sub(start.elapsed());
            self.engine.prepare(Demand::Full);
            self.poll_once(Some(left));
            if left.is_zero() {
                return self.call.borrow().is_done();
            }
        }
        true
    }
}

impl<A: Payload, R: Payload, I: Iterator<Item = A>> Drop for Run<'_, '_, A, R, I> {
    fn drop(&mut self) {
        let over = self.call.borrow().is_done();
        self.call.borrow_mut().forget();
        if !over && self.engine.foreign_owner().is_none() {
            self.engine.forget(&self.call);
        }
    }
}
