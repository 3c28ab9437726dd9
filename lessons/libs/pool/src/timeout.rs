//! Calls with a time limit.

use std::time::Duration;

use crate::call::Order;
#[cfg(doc)]
use crate::error::Cause;
use crate::error::Error;
use crate::handle::Handle;
use crate::imap::{Imap, ImapUnordered};
use crate::payload::Payload;
use crate::pool::Pool;
use crate::window::Window;

/// Calls with a time limit, made by [`Pool::timeout`].
#[derive(Debug)]
pub struct Timeout<'p, 'f, A, R> {
    pool: &'p Pool<'f, A, R>,
    limit: Duration,
}

/// Calls with a time limit.
impl<'f, A: Payload, R: Payload> Pool<'f, A, R> {
    /// Gives the calls that are made through it a time limit, which holds for the whole of each
    /// call. Items that are not answered by then fail with [`Cause::CallTimedOut`]. A worker that
    /// is still running one of them is killed and replaced.
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::new(2, |x: u64| if x == 1 { loop {} } else { x })?;
    /// let results = pool.timeout(Duration::from_millis(50)).map_all([0, 1]);
    /// assert_eq!(*results[0].as_ref().unwrap(), 0);
    /// assert!(matches!(results[1].as_ref().unwrap_err().cause(), pool::Cause::CallTimedOut { .. }));
    /// # Ok::<(), pool::Error>(())
    /// ```
    #[must_use]
    pub fn timeout(&self, limit: Duration) -> Timeout<'_, 'f, A, R> {
        Timeout { pool: self, limit }
    }
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
    /// As [`Pool::map`], and [`Cause::CallTimedOut`].
    pub fn map(&self, items: impl IntoIterator<Item = A>) -> Result<Vec<R>, Error> {
        self.pool.map_within(Some(self.limit), items)
    }

    /// Like [`Pool::map_all`]. Items that are not done in time have an error each.
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::new(2, |x: u64| if x == 1 { loop {} } else { x })?;
    /// let results = pool.timeout(Duration::from_millis(50)).map_all([0, 1]);
    /// assert!(results[0].is_ok() && results[1].is_err());
    /// # Ok::<(), pool::Error>(())
    /// ```
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
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::new(2, |x: u64| if x == 1 { loop {} } else { x })?;
    /// let timeout = pool.timeout(Duration::from_millis(50));
    /// let (last, result) = timeout.imap_unordered([0, 1, 2]).last().expect("there are three");
    /// assert!(last == 1 && result.is_err());
    /// # Ok::<(), pool::Error>(())
    /// ```
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
    /// As [`Pool::apply`], and [`Cause::CallTimedOut`].
    pub fn apply(&self, item: A) -> Result<R, Error> {
        Handle::new(self.pool.start([item], Some(self.limit))).join()
    }
}
