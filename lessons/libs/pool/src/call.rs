//! A call: one `map`, `imap` or `apply`, and the answers that have come for it.
//!
//! Answers stay bytes and numbers here. They become values when they are handed out, where a panic
//! of the program's own `Deserialize` hurts no one else.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;
use std::time::Instant;

use crate::error::Cause;

/// In which order a call's results are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As the items were given.
    Input,
    /// As they come.
    Arrival,
}

/// The answer to one item.
#[derive(Debug)]
pub(crate) enum Answer {
    Number(u64),
    /// Encoded, in the arena.
    Inline(Range<usize>),
    /// Encoded, or bytes as they are.
    Owned(Vec<u8>),
    Failed(Cause),
}

/// The answers to items that follow one another.
#[derive(Debug)]
pub(crate) enum Answers {
    /// Nothing but numbers, as in nearly all calls that are in a hurry.
    Numbers(Vec<u64>),
    Mixed {
        arena: Vec<u8>,
        list: VecDeque<Answer>,
    },
}

impl Answers {
    fn new() -> Self {
        Answers::Numbers(Vec::new())
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Answers::Numbers(numbers) => numbers.len(),
            Answers::Mixed { list, .. } => list.len(),
        }
    }

    /// As something that takes every kind of answer.
    pub(crate) fn mixed(&mut self) -> (&mut Vec<u8>, &mut VecDeque<Answer>) {
        if let Answers::Numbers(numbers) = self {
            let list = std::mem::take(numbers).into_iter().map(Answer::Number).collect();
            *self = Answers::Mixed { arena: Vec::new(), list };
        }
        match self {
            Answers::Mixed { arena, list } => (arena, list),
            Answers::Numbers(_) => unreachable!("BUG: it was changed above"),
        }
    }

    pub(crate) fn push(&mut self, answer: Answer) {
        self.mixed().1.push_back(answer);
    }

    #[inline]
    pub(crate) fn push_numbers(&mut self, values: impl ExactSizeIterator<Item = u64>) {
        match self {
            Answers::Numbers(numbers) => numbers.extend(values),
            Answers::Mixed { list, .. } => list.extend(values.map(Answer::Number)),
        }
    }

    /// Adds an encoded value, which `write` appends to the bytes it is given.
    pub(crate) fn push_encoded(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let (arena, list) = self.mixed();
        let start = arena.len();
        write(arena);
        list.push_back(Answer::Inline(start..arena.len()));
    }
}

/// Consecutive items of a call that are not all handed out. One worker has them, or none, so their
/// answers come in order.
struct Batch {
    /// The index of the first item that is not handed out, and how many items there are from there.
    first: usize,
    count: usize,
    /// What has come for them, in order.
    answers: Answers,
}

/// The memory of the answers of a batch grows at once to what is needed, but to no more than this.
const RESERVED: usize = 8192;

impl Batch {
    fn contains(&self, index: usize) -> bool {
        self.first <= index && index - self.first < self.count
    }

    fn room_for_answers(&mut self) -> &mut Answers {
        if let Answers::Numbers(numbers) = &mut self.answers
            && numbers.is_empty()
        {
            numbers.reserve_exact(self.count.min(RESERVED));
        }
        &mut self.answers
    }
}

/// What a call and the chunks of its items share.
pub(crate) type SharedCall = Rc<RefCell<Call>>;

/// The parent's record of one call.
pub(crate) struct Call {
    order: Order,
    /// In input order: all items that are given and not handed out. In arrival order: answers only.
    batches: VecDeque<Batch>,
    /// Where the last answers went: the next ones go there too, mostly.
    last_place: usize,
    given: usize,
    done: usize,
    /// How many bytes of answers have come, and how many of them are still here.
    bytes_seen: usize,
    bytes_held: usize,
    /// Whether an item has failed.
    failed: bool,
    /// Since when the answers are of no interest.
    forgotten: Option<Instant>,
}

impl Call {
    pub(crate) fn new(order: Order) -> Self {
        Call {
            order,
            batches: VecDeque::new(),
            last_place: 0,
            given: 0,
            done: 0,
            bytes_seen: 0,
            bytes_held: 0,
            failed: false,
            forgotten: None,
        }
    }

    /// `count` more items are taken from the input.
    pub(crate) fn give(&mut self, count: usize) {
        if count > 0 && self.order == Order::Input && self.forgotten.is_none() {
            self.batches.push_back(Batch { first: self.given, count, answers: Answers::new() });
        }
        self.given += count;
    }

    /// The worker that has the items before `index` has been given these too.
    pub(crate) fn join(&mut self, index: usize) {
        if self.order == Order::Arrival {
            return;
        }
        let is_newest = self.batches.back().is_some_and(|batch| batch.first == index);
        let newest = self.batches.len().wrapping_sub(1);
        let place = if is_newest { Some(newest) } else { self.place_of(index) };
        let Some(place) = place.filter(|&place| place > 0) else { return };
        let batch = &self.batches[place];
        if batch.first == index && batch.answers.len() == 0 {
            self.batches[place - 1].count += batch.count;
            self.batches.remove(place);
        }
    }

    /// From the item `index` on, the items of its batch are answered by another worker.
    pub(crate) fn split(&mut self, index: usize) {
        if self.order == Order::Arrival || self.forgotten.is_some() {
            return;
        }
        let Some(place) = self.place_of(index) else { return };
        let batch = &mut self.batches[place];
        let kept = index - batch.first;
        if kept > 0 {
            let answered = batch.answers.len();
            debug_assert!(answered <= kept, "BUG: what is answered goes to no other worker");
            let rest = Batch { first: index, count: batch.count - kept, answers: Answers::new() };
            batch.count = kept;
            self.batches.insert(place + 1, rest);
        }
    }

    /// Where the batch of an item is, in input order.
    fn place_of(&self, index: usize) -> Option<usize> {
        let has_it = |&place: &usize| self.batches.get(place).is_some_and(|b| b.contains(index));
        Some(self.last_place).filter(has_it).or_else(|| {
            let behind = |batch: &Batch| batch.first + batch.count <= index;
            Some(self.batches.partition_point(behind)).filter(has_it)
        })
    }

    /// Takes in answers for the items from `index` on: `add` appends them.
    pub(crate) fn put(&mut self, index: usize, bytes: usize, add: impl FnOnce(&mut Answers)) {
        let mut unwanted = Answers::new();
        let answers = match (self.forgotten, self.order) {
            (Some(_), _) => &mut unwanted,
            (None, Order::Input) => match self.place_of(index) {
                Some(place) => {
                    self.last_place = place;
                    self.batches[place].room_for_answers()
                }
                None => &mut unwanted,
            },
            (None, Order::Arrival) => self.arrival(index),
        };
        let before = answers.len();
        add(answers);
        self.done += answers.len() - before;
        self.bytes_seen += bytes;
        if self.forgotten.is_none() {
            self.bytes_held += bytes;
        }
    }

    fn arrival(&mut self, index: usize) -> &mut Answers {
        let follows = |last: &Batch| last.first + last.answers.len() == index;
        if !self.batches.back().is_some_and(follows) {
            self.batches.push_back(Batch { first: index, count: 0, answers: Answers::new() });
        }
        let last = self.batches.len() - 1;
        &mut self.batches[last].answers
    }

    /// Takes in that an item has failed.
    pub(crate) fn fail(&mut self, index: usize, cause: Cause) {
        self.failed = true;
        self.put(index, 0, |answers| answers.push(Answer::Failed(cause)));
    }

    /// Hands out answers that are next, with the index of the first.
    pub(crate) fn take_ready(&mut self) -> Option<(usize, Answers)> {
        if !self.has_ready() {
            return None;
        }
        let batch = self.batches.front_mut()?;
        let answers = std::mem::replace(&mut batch.answers, Answers::new());
        let first = batch.first;
        batch.first += answers.len();
        batch.count = batch.count.saturating_sub(answers.len());
        if batch.count == 0 {
            self.batches.pop_front();
        }
        if self.batches.is_empty() {
            self.bytes_held = 0;
        }
        let bytes = bytes_of(&answers);
        self.bytes_held = self.bytes_held.saturating_sub(bytes);
        Some((first, answers))
    }

    /// Whether an answer can be handed out.
    pub(crate) fn has_ready(&self) -> bool {
        self.batches.front().is_some_and(|batch| batch.answers.len() > 0)
    }

    pub(crate) fn given(&self) -> usize {
        self.given
    }

    pub(crate) fn done(&self) -> usize {
        self.done
    }

    /// Whether every item that was given is answered.
    pub(crate) fn is_done(&self) -> bool {
        self.done == self.given
    }

    /// How many bytes the answers take that are here, and those that are still to come, if they are
    /// as long as the others.
    pub(crate) fn bytes_expected(&self) -> usize {
        let average = self.bytes_seen / self.done.max(1);
        self.bytes_held.saturating_add(average.saturating_mul(self.given - self.done))
    }

    /// Whether an item has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Since when the answers are of no interest.
    pub(crate) fn forgotten(&self) -> Option<Instant> {
        self.forgotten
    }

    /// From now on the answers are of no interest.
    pub(crate) fn forget(&mut self) {
        self.forgotten.get_or_insert_with(Instant::now);
        self.batches.clear();
        self.bytes_held = 0;
    }
}

fn bytes_of(answers: &Answers) -> usize {
    match answers {
        Answers::Numbers(numbers) => 8 * numbers.len(),
        Answers::Mixed { arena, list } => {
            let owned = list.iter().map(|answer| match answer {
                Answer::Owned(bytes) => bytes.len(),
                Answer::Number(_) => 8,
                Answer::Inline(_) | Answer::Failed(_) => 0,
            });
            arena.len() + owned.sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Call, Order};

    fn numbers(first: u64, count: u64) -> impl FnOnce(&mut Answers) {
        move |answers| answers.push_numbers((first..first + count).collect::<Vec<_>>().into_iter())
    }

    fn take(call: &mut Call) -> Option<(usize, Vec<u64>)> {
        match call.take_ready()? {
            (first, Answers::Numbers(numbers)) => Some((first, numbers)),
            (_, mixed) => panic!("{mixed:?}"),
        }
    }

    #[test]
    fn input_order_waits_for_the_first() {
        let mut call = Call::new(Order::Input);
        call.give(4);
        call.give(2);
        call.put(4, 16, numbers(4, 2));
        assert_eq!(take(&mut call), None);
        call.put(0, 8, numbers(0, 1));
        assert_eq!(take(&mut call), Some((0, vec![0])));
        assert_eq!(take(&mut call), None);
        call.put(1, 24, numbers(1, 3));
        assert_eq!(take(&mut call), Some((1, vec![1, 2, 3])));
        assert_eq!(take(&mut call), Some((4, vec![4, 5])));
        assert!(call.is_done() && take(&mut call).is_none());
    }

    #[test]
    fn a_batch_that_is_shared_keeps_its_order() {
        let mut call = Call::new(Order::Input);
        call.give(6);
        call.put(0, 8, numbers(0, 1));
        call.split(3);
        call.put(3, 24, numbers(3, 3));
        assert_eq!(take(&mut call), Some((0, vec![0])));
        assert_eq!(take(&mut call), None);
        call.put(1, 16, numbers(1, 2));
        assert_eq!(take(&mut call), Some((1, vec![1, 2])));
        assert_eq!(take(&mut call), Some((3, vec![3, 4, 5])));
    }

    #[test]
    fn what_one_worker_has_is_one_batch() {
        let mut call = Call::new(Order::Input);
        (0..4).for_each(|_| call.give(2));
        call.join(2);
        call.join(6);
        assert_eq!(call.batches.len(), 2);
        call.put(0, 32, numbers(0, 4));
        assert_eq!(take(&mut call), Some((0, vec![0, 1, 2, 3])));
        // What is before it was handed out.
        call.join(4);
        call.put(4, 16, numbers(4, 2));
        call.split(6);
        call.put(6, 16, numbers(6, 2));
        assert_eq!(take(&mut call), Some((4, vec![4, 5])));
        assert_eq!(take(&mut call), Some((6, vec![6, 7])));
    }

    #[test]
    fn arrival_order_takes_what_comes() {
        let mut call = Call::new(Order::Arrival);
        call.give(6);
        call.put(3, 8, numbers(3, 1));
        call.put(4, 8, numbers(4, 1));
        call.put(0, 8, numbers(0, 1));
        assert_eq!(take(&mut call), Some((3, vec![3, 4])));
        call.put(1, 8, numbers(1, 1));
        assert_eq!(take(&mut call), Some((0, vec![0, 1])));
        assert_eq!(take(&mut call), None);
    }
}
