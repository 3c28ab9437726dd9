//! Results as iterators.

use std::fmt;

use crate::error::Error;
use crate::payload::Payload;
use crate::run::Run;

/// The results of [`Pool::imap`](crate::Pool::imap), in the order of the items.
#[must_use = "it does nothing until `next` is called"]
pub struct Imap<'p, 'f, A: Payload, R: Payload, I: Iterator<Item = A>>(
    pub(crate) Run<'p, 'f, A, R, I>,
);

impl<A: Payload, R: Payload, I: Iterator<Item = A>> Iterator for Imap<'_, '_, A, R, I> {
    type Item = Result<R, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(_, result)| result)
    }
}

/// The results of [`Pool::imap_unordered`](crate::Pool::imap_unordered), each with the index of
/// its item, as they come.
#[must_use = "it does nothing until `next` is called"]
pub struct ImapUnordered<'p, 'f, A: Payload, R: Payload, I: Iterator<Item = A>>(
    pub(crate) Run<'p, 'f, A, R, I>,
);

impl<A: Payload, R: Payload, I: Iterator<Item = A>> Iterator for ImapUnordered<'_, '_, A, R, I> {
    type Item = (usize, Result<R, Error>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl<A: Payload, R: Payload, I: Iterator<Item = A>> fmt::Debug for Imap<'_, '_, A, R, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Imap").field(&self.0.progress()).finish()
    }
}

impl<A: Payload, R: Payload, I: Iterator<Item = A>> fmt::Debug for ImapUnordered<'_, '_, A, R, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ImapUnordered").field(&self.0.progress()).finish()
    }
}
