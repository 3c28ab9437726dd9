//! A call: one `map`, `imap` or `apply`, and the answers that have come for it.

use std::collections::VecDeque;
use std::ops::Range;

use crate::error::{Cause, Error};

/// In which order a call's results are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As the items were given.
    Input,
    /// As they come.
    Arrival,
}

/// The parent's book about one call.
pub(crate) struct Call<R> {
    order: Order,
    /// In input order: a place for each item that is given and not handed out, with `None` for
    /// what is still to come.
    answers: VecDeque<Option<Result<R, Error>>>,
    /// In arrival order: the answers that are not handed out, with their index.
    arrived: VecDeque<(usize, Result<R, Error>)>,
    /// How many items were taken from the input, how many are answered, how many handed out.
    pub(crate) given: usize,
    pub(crate) done: usize,
    handed: usize,
    /// Whether an item has failed.
    failed: bool,
    /// Whether the answers interest nobody any more.
    forgotten: bool,
}

impl<R> Call<R> {
    pub(crate) fn new(order: Order) -> Self {
        let (answers, arrived) = (VecDeque::new(), VecDeque::new());
        Call {
            order,
            answers,
            arrived,
            given: 0,
            done: 0,
            handed: 0,
            failed: false,
            forgotten: false,
        }
    }

    /// So many more items are taken from the input.
    pub(crate) fn give(&mut self, count: usize) {
        self.given += count;
        if self.order == Order::Input && !self.forgotten {
            self.answers.resize_with(self.answers.len() + count, || None);
        }
    }

    /// Takes in the answer for the item `index`.
    pub(crate) fn put(&mut self, index: usize, answer: Result<R, Cause>) {
        self.put_run(index..index + 1, [answer]);
    }

    /// Takes in answers for items that follow one another, and says how many there were.
    #[inline]
    pub(crate) fn put_run(
        &mut self,
        items: Range<usize>,
        answers: impl IntoIterator<Item = Result<R, Cause>>,
    ) -> usize {
        let mut count = 0;
        let mut failed = false;
        let first = items.start;
        let answers = answers.into_iter().map(|answer| {
            count += 1;
            failed |= answer.is_err();
            answer.map_err(|cause| Error::of_item(first + count - 1, cause))
        });
        if self.forgotten {
            answers.take(items.len()).for_each(drop);
        } else if self.order == Order::Arrival {
            self.arrived.extend(items.zip(answers));
        } else {
            let places = items.start - self.handed..items.end - self.handed;
            for (place, answer) in self.answers.range_mut(places).zip(answers) {
                *place = Some(answer);
            }
        }
        self.done += count;
        self.failed |= failed;
        count
    }

    /// Hands out the next answer, if it is there.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(usize, Result<R, Error>)> {
        let next = match self.order {
            Order::Arrival => self.arrived.pop_front()?,
            Order::Input => {
                let answer = self.answers.front_mut()?.take()?;
                self.answers.pop_front();
                (self.handed, answer)
            }
        };
        self.handed += 1;
        Some(next)
    }

    /// Hands out, in input order, all answers that are there without a gap.
    pub(crate) fn pop_all(&mut self) -> impl Iterator<Item = Result<R, Error>> {
        let ready = self.answers.iter().take_while(|answer| answer.is_some()).count();
        self.handed += ready;
        self.answers.drain(..ready).flatten()
    }

    /// Whether an answer can be handed out.
    pub(crate) fn has_next(&self) -> bool {
        !self.arrived.is_empty() || self.answers.front().is_some_and(Option::is_some)
    }

    /// Whether every item that was given is answered.
    pub(crate) fn is_done(&self) -> bool {
        self.done == self.given
    }

    /// How many items are given and not handed out.
    pub(crate) fn open(&self) -> usize {
        self.given - self.handed
    }

    /// Whether an item has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Whether the answers interest nobody any more.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.forgotten
    }

    /// From now on the answers interest nobody.
    pub(crate) fn forget(&mut self) {
        self.forgotten = true;
        self.answers.clear();
        self.arrived.clear();
    }
}
