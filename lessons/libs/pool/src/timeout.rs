//! Calls with a time limit.

use std::time::Duration;

use crate::call::Order;
use crate::error::Error;
use crate::handle::Handle;
use crate::imap::{Imap, ImapUnordered};
use crate::payload::Payload;
use crate::pool::Pool;
use crate::run::Window;

/// Calls with a time limit, made by [`Pool::timeout`].
#[derive(Debug)]
pub struct Timeout<'p, 'f, A, R> {
    pub(crate) pool: &'p Pool<'f, A, R>,
    pub(crate) limit: Duration,
}

impl<'p, 'f, A: Payload, R: Payload> Timeout<'p, 'f, A, R> {
    /// Like [`Pool::map`].
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::new(2, |x: u64| x + 1)?;
    /// assert_eq!(pool.timeout(Duration::from_secs(60)).map([1, 2])?, [2, 3]);
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Pool::map`], and [`Cause::CallTimedOut`](crate::Cause::CallTimedOut).
    pub fn map(&self, items: impl IntoIterator<Item = A>) -> Result<Vec<R>, Error> {
        self.pool.map_within(Some(self.limit), items)
    }

    /// Like [`Pool::map_all`]. See [`Pool::timeout`] for an example.
    pub fn map_all(&self, items: impl IntoIterator<Item = A>) -> Vec<Result<R, Error>> {
        let mut run = self.pool.run(items, Order::Input, Window::ALL, Some(self.limit));
        std::iter::from_fn(|| run.next()).map(|(_, result)| result).collect()
    }

    /// Like [`Pool::imap`]. The time begins now.
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::new(2, |x: u64| x + 1)?;
    /// let in_time = pool.timeout(Duration::from_millis(20)).imap(0..).take_while(Result::is_ok);
    /// println!("{} in 20 ms", in_time.count());
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn imap<I: IntoIterator<Item = A>>(&self, items: I) -> Imap<'p, 'f, A, R, I::IntoIter> {
        Imap(self.pool.run(items, Order::Input, self.pool.window(), Some(self.limit)))
    }

    /// Like [`Pool::imap_unordered`]. The time begins now.
    pub fn imap_unordered<I: IntoIterator<Item = A>>(
        &self,
        items: I,
    ) -> ImapUnordered<'p, 'f, A, R, I::IntoIter> {
        ImapUnordered(self.pool.run(items, Order::Arrival, self.pool.window(), Some(self.limit)))
    }

    /// Like [`Pool::apply`].
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::new(1, |x: u64| if x == 0 { loop {} } else { x })?;
    /// assert!(pool.timeout(Duration::from_millis(50)).apply(0).is_err());
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Pool::apply`], and [`Cause::CallTimedOut`](crate::Cause::CallTimedOut).
    pub fn apply(&self, item: A) -> Result<R, Error> {
        Handle::new(self.pool.start([item], Some(self.limit))).join()
    }
}
