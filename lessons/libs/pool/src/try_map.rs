//! Functions that may fail themselves.

use std::fmt;

use crate::call::Order;
use crate::error::Error;
use crate::payload::Payload;
use crate::pool::Pool;
use crate::window::Window;

/// Results of functions that may fail themselves.
impl<A: Payload, T, E> Pool<'_, A, Result<T, E>>
where
    Result<T, E>: Payload,
{
    /// What the function gives for all items, in the order of the items, or the first failure.
    ///
    /// ```standalone_crate
    /// use pool::{Pool, TryError};
    ///
    /// let pool = Pool::new(2, |text: String| text.parse::<u8>().map_err(|error| error.to_string()))?;
    /// assert_eq!(pool.try_map(["1".to_owned(), "2".to_owned()]).unwrap(), [1, 2]);
    /// let failed = pool.try_map(["1".to_owned(), "x".to_owned()]).unwrap_err();
    /// assert!(matches!(failed, TryError::Item { index: 1, .. }));
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// That of the first item in that order that fails: the function's own, or the pool's.
    pub fn try_map(&self, items: impl IntoIterator<Item = A>) -> Result<Vec<T>, TryError<E>> {
        let mut run = self.run(items, Order::Input, Window::ALL, None);
        run.stop_at_error();
        let mut results = Vec::new();
        while let Some((index, result)) = run.next() {
            let result = result.map_err(TryError::Pool)?;
            results.push(result.map_err(|error| TryError::Item { index, error })?);
        }
        Ok(results)
    }
}

/// Why [`Pool::try_map`] has no results.
#[derive(Debug, Clone)]
pub enum TryError<E> {
    /// The function has returned an error.
    Item {
        /// For which item.
        index: usize,
        /// Which error.
        error: E,
    },
    /// The function has returned nothing.
    Pool(Error),
}

impl<E: fmt::Display> fmt::Display for TryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TryError::Item { index, error } => write!(f, "item {index}: {error}"),
            TryError::Pool(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for TryError<E> {}
