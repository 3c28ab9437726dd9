//! A call: one `map`, `imap` or `apply`, and the answers that have come for it.

use std::collections::VecDeque;

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
    /// In input order: the answers from index `handed` on, with `None` for what is still to come.
    answers: VecDeque<Option<Result<R, Error>>>,
    /// In arrival order: the answers that are not handed out, with their index.
    arrived: VecDeque<(usize, Result<R, Error>)>,
    /// How many items were taken from the input, how many are answered, how many handed out.
    pub(crate) given: usize,
    pub(crate) done: usize,
    pub(crate) handed: usize,
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

    /// Takes in the answer for the item `index`.
    #[inline]
    pub(crate) fn put(&mut self, index: usize, answer: Result<R, Cause>) {
        let answer = answer.map_err(|cause| Error::of_item(index, cause));
        self.done += 1;
        self.failed |= answer.is_err();
        if self.forgotten {
            return;
        }
        if self.order == Order::Arrival {
            return self.arrived.push_back((index, answer));
        }
        let place = index - self.handed;
        if place < self.answers.len() {
            self.answers[place] = Some(answer);
        } else {
            if place > self.answers.len() {
                self.answers.resize_with(place, || None);
            }
            self.answers.push_back(Some(answer));
        }
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
