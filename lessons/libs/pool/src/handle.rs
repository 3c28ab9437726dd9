//! Handles on calls whose results are collected later.

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use crate::error::{Cause, Error};
use crate::payload::Payload;
use crate::run::Run;

/// How often several pools are polled in turn.
const TURN: Duration = Duration::from_millis(2);

/// The result of [`Pool::apply_async`](crate::Pool::apply_async), as soon as it is available.
///
/// A handle that is dropped gives its item up: if the item has not begun, it is not run.
#[must_use = "a handle that is dropped gives its item up"]
pub struct Handle<'p, 'f, A: Payload, R: Payload>(RefCell<OneRun<'p, 'f, A, R>>);

type OneRun<'p, 'f, A, R> = Run<'p, 'f, A, R, std::array::IntoIter<A, 1>>;

impl<'p, 'f, A: Payload, R: Payload> Handle<'p, 'f, A, R> {
    pub(crate) fn new(run: OneRun<'p, 'f, A, R>) -> Self {
        Handle(RefCell::new(run))
    }

    /// Returns whether the result is available, without waiting.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(1, |x: u64| x + 1)?;
    /// let handle = pool.apply_async(1);
    /// while !handle.ready() {
    ///     std::thread::yield_now(); // or something useful
    /// }
    /// assert_eq!(handle.join()?, 2);
    /// # Ok::<(), pool::Error>(())
    /// ```
    #[must_use]
    pub fn ready(&self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Waits until the result is available, but no longer than `limit`, and returns whether it is.
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::new(1, |x: u64| x + 1)?;
    /// let handle = pool.apply_async(1);
    /// assert!(handle.wait(Duration::from_secs(60)));
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn wait(&self, limit: Duration) -> bool {
        self.0.borrow_mut().wait(limit)
    }

    /// Waits for the result if necessary, and returns it.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| x + 1)?;
    /// let (first, second) = (pool.apply_async(1), pool.apply_async(2));
    /// assert_eq!((second.join()?, first.join()?), (3, 2));
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The item's; its index is 0.
    ///
    /// # Panics
    ///
    /// Never, unless there is a mistake in this library.
    pub fn join(self) -> Result<R, Error> {
        let (_, result) = self.0.into_inner().next().expect("BUG: an item without an answer");
        result
    }

    /// The old name of [`Handle::join`].
    ///
    /// # Errors
    ///
    /// As [`Handle::join`].
    #[doc(hidden)]
    pub fn take(self) -> Result<R, Error> {
        self.join()
    }

    /// Gives the item up, even if it has begun: its worker is killed and replaced then.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(1, |x: u64| if x == 0 { loop {} } else { x })?;
    /// let endless = pool.apply_async(0);
    /// endless.cancel();
    /// assert_eq!(pool.apply(7)?, 7);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn cancel(self) {
        self.0.borrow().cancel(&Cause::Cancelled);
    }

    /// Waits until the first of several results is available, and returns its index in `handles`.
    /// Returns `None` if there are no handles.
    ///
    /// ```standalone_crate
    /// use pool::{Handle, Pool};
    ///
    /// let pool = Pool::new(2, |x: u64| if x == 0 { loop {} } else { x })?;
    /// let handles = [pool.apply_async(0), pool.apply_async(1)];
    /// assert_eq!(Handle::wait_first(&handles), Some(1));
    /// # Ok::<(), pool::Error>(())
    /// ```
    #[must_use]
    pub fn wait_first(handles: &[Self]) -> Option<usize> {
        let first = handles.first()?.0.borrow().engine();
        let one_pool = handles.iter().all(|handle| std::ptr::eq(handle.0.borrow().engine(), first));
        loop {
            if let Some(place) = handles.iter().position(Self::ready) {
                return Some(place);
            }
            if first.foreign_owner().is_some() {
                return Some(0);
            }
            first.poll_once((!one_pool).then_some(TURN));
        }
    }
}

/// The results of [`Pool::map_async`](crate::Pool::map_async), as soon as they are available.
///
/// A handle that is dropped gives its items up: those that have not begun are not run.
#[must_use = "a handle that is dropped gives its items up"]
pub struct MapHandle<'p, 'f, A: Payload, R: Payload, I: Iterator<Item = A>>(
    RefCell<Run<'p, 'f, A, R, I>>,
);

impl<'p, 'f, A: Payload, R: Payload, I: Iterator<Item = A>> MapHandle<'p, 'f, A, R, I> {
    pub(crate) fn new(run: Run<'p, 'f, A, R, I>) -> Self {
        MapHandle(RefCell::new(run))
    }

    /// Returns whether all results are available, without waiting.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| x + 1)?;
    /// let handle = pool.map_async(0..100);
    /// while !handle.ready() {
    ///     std::thread::yield_now(); // or something useful
    /// }
    /// assert_eq!(handle.join()?.len(), 100);
    /// # Ok::<(), pool::Error>(())
    /// ```
    #[must_use]
    pub fn ready(&self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Waits until all results are available, at most `limit`, and returns whether they are.
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::new(2, |x: u64| x + 1)?;
    /// assert!(pool.map_async(0..100).wait(Duration::from_secs(60)));
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn wait(&self, limit: Duration) -> bool {
        self.0.borrow_mut().wait(limit)
    }

    /// The number of items that are answered, and the number of all items. Does not wait.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| x + 1)?;
    /// let handle = pool.map_async(0..100);
    /// let (done, all) = handle.progress();
    /// assert!(done <= all && all == 100);
    /// # Ok::<(), pool::Error>(())
    /// ```
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        self.wait(Duration::ZERO);
        self.0.borrow().progress()
    }

    /// Waits for all results if necessary, and returns them in the order of the items.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| x + 1)?;
    /// assert_eq!(pool.map_async(0..3).join()?, [1, 2, 3]);
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the first item in that order that fails.
    pub fn join(self) -> Result<Vec<R>, Error> {
        self.0.into_inner().collect()
    }

    /// The old name of [`MapHandle::join`].
    ///
    /// # Errors
    ///
    /// As [`MapHandle::join`].
    #[doc(hidden)]
    pub fn take(self) -> Result<Vec<R>, Error> {
        self.join()
    }

    /// The result or the error of every item, in the order of the items.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| assert!(x != 1))?;
    /// let results = pool.map_async(0..3).join_all();
    /// assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1);
    /// # Ok::<(), pool::Error>(())
    /// ```
    #[must_use]
    pub fn join_all(self) -> Vec<Result<R, Error>> {
        let mut run = self.0.into_inner();
        std::iter::from_fn(|| run.next()).map(|(_, result)| result).collect()
    }

    /// The old name of [`MapHandle::join_all`].
    #[doc(hidden)]
    #[must_use]
    pub fn take_all(self) -> Vec<Result<R, Error>> {
        self.join_all()
    }

    /// Gives all items up, even those that have begun: their workers are killed and replaced.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| if x < 2 { loop {} } else { x })?;
    /// pool.map_async([0, 1]).cancel();
    /// assert_eq!(pool.map([2, 3])?, [2, 3]);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn cancel(self) {
        self.0.borrow().cancel(&Cause::Cancelled);
    }
}

impl<A: Payload, R: Payload> fmt::Debug for Handle<'_, '_, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.0.borrow().progress()).finish()
    }
}

impl<A: Payload, R: Payload, I: Iterator<Item = A>> fmt::Debug for MapHandle<'_, '_, A, R, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MapHandle").field(&self.0.borrow().progress()).finish()
    }
}
