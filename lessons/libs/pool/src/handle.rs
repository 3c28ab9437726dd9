//! Handles on calls whose results are wanted later.

use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::payload::Payload;
use crate::run::Run;

/// The result of [`Pool::apply_async`](crate::Pool::apply_async), some time.
///
/// A handle that is dropped gives its item up: if it has not begun, it is not run.
#[must_use = "a handle that is dropped gives its item up"]
pub struct Handle<'p, A: Payload, R: Payload>(pub(crate) OneRun<'p, A, R>);

type OneRun<'p, A, R> = Run<'p, A, R, std::array::IntoIter<A, 1>>;

impl<A: Payload, R: Payload> Handle<'_, A, R> {
    /// Whether the result is there. Does not wait.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.0.wait(Duration::ZERO)
    }

    /// Waits until the result is there, but no longer than `limit`. Whether it is.
    pub fn wait(&self, limit: Duration) -> bool {
        self.0.wait(limit)
    }

    /// The result, waiting for it if need be.
    ///
    /// # Errors
    ///
    /// The item's; its index is 0.
    ///
    /// # Panics
    ///
    /// Never, unless there is a mistake in this library.
    pub fn take(mut self) -> Result<R, Error> {
        let (_, result) = self.0.next().expect("BUG: an item without an answer");
        result
    }
}

/// The results of [`Pool::map_async`](crate::Pool::map_async), some time.
///
/// A handle that is dropped gives its items up: those that have not begun are not run.
#[must_use = "a handle that is dropped gives its items up"]
pub struct MapHandle<'p, A: Payload, R: Payload, I: Iterator<Item = A>>(
    pub(crate) Run<'p, A, R, I>,
);

impl<A: Payload, R: Payload, I: Iterator<Item = A>> MapHandle<'_, A, R, I> {
    /// Whether all results are there. Does not wait.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.0.wait(Duration::ZERO)
    }

    /// Waits until all results are there, but no longer than `limit`. Whether they are.
    pub fn wait(&self, limit: Duration) -> bool {
        self.0.wait(limit)
    }

    /// How many items are answered, and how many there are. Does not wait.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        self.0.wait(Duration::ZERO);
        self.0.progress()
    }

    /// All results in the order of the items, waiting for them if need be.
    ///
    /// # Errors
    ///
    /// The error of the first item in that order that fails.
    pub fn take(mut self) -> Result<Vec<R>, Error> {
        self.0.collect()
    }

    /// The result or the error of every item, in the order of the items.
    #[must_use]
    pub fn take_all(mut self) -> Vec<Result<R, Error>> {
        std::iter::from_fn(|| self.0.next()).map(|(_, result)| result).collect()
    }
}

impl<A: Payload, R: Payload> fmt::Debug for Handle<'_, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.0.progress()).finish()
    }
}

impl<A: Payload, R: Payload, I: Iterator<Item = A>> fmt::Debug for MapHandle<'_, A, R, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MapHandle").field(&self.0.progress()).finish()
    }
}
