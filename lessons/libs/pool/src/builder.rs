//! A pool with options.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::dispatcher::{Dispatcher, Plan};
use crate::error::{Cause, Error};
use crate::payload::Payload;
use crate::pool::{Hook, Pool, Progress};
use crate::task::Task;

/// Options of a pool. [`Builder::build`] makes it.
///
/// ```standalone_crate
/// use std::time::Duration;
/// use pool::Pool;
///
/// let pool = Pool::builder()
///     .workers(2)
///     .time_limit(Duration::from_secs(1))
///     .recycle_after(1000)
///     .build(|x: u64| x * x)?;
/// assert_eq!(pool.map(1..=3)?, [1, 4, 9]);
/// # Ok::<(), pool::Error>(())
/// ```
#[must_use]
pub struct Builder {
    workers: usize,
    recycle_after: usize,
    chunk_size: Option<usize>,
    window: Option<usize>,
    limit: Option<Duration>,
    threads_allowed: bool,
    initialiser: Option<Box<dyn FnMut() -> Result<(), String>>>,
    hook: Option<Hook>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Builder {
            workers,
            recycle_after: usize::MAX,
            chunk_size: None,
            window: None,
            limit: None,
            threads_allowed: false,
            initialiser: None,
            hook: None,
        }
    }

    /// How many workers there are. Without it: as many as this process can use cores.
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// How many items are handed out, taken and taken back as one; 0 counts as 1.
    ///
    /// Without it, a chunk is as many items as take about 50 µs, one if an item takes longer; the
    /// workers measure it as they go. It is rarely worth setting. The items behind a slow one in
    /// the same chunk wait for it; behind the slow one, a worker that has nothing to do gets some.
    pub fn chunk_size(mut self, items: usize) -> Self {
        self.chunk_size = Some(items.max(1));
        self
    }

    /// How many items [`Pool::imap`] takes from its input beyond those whose results it has
    /// handed out; 0 counts as 1. Without it: 4096 for each worker. Set it if items or results
    /// are large.
    pub fn window(mut self, items: usize) -> Self {
        self.window = Some(items.max(1));
        self
    }

    /// How long each item may run, from the moment a worker begins it.
    ///
    /// An item that takes longer fails with [`Cause::TimedOut`], and its worker is killed and
    /// replaced. The initialiser is not limited.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// What each worker does once, before its first item. If it fails, so does
    /// [`Builder::build`], with its error; or, in a worker that replaces another, no more workers
    /// are forked.
    pub fn initialiser<E: Display>(
        mut self,
        mut initialiser: impl FnMut() -> Result<(), E> + 'static,
    ) -> Self {
        self.initialiser = Some(Box::new(move || initialiser().map_err(|error| error.to_string())));
        self
    }

    /// Replaces a worker by a new one when it has been given so many items; 0 counts as 1. For
    /// functions that leak.
    pub fn recycle_after(mut self, items: usize) -> Self {
        self.recycle_after = items.max(1);
        self
    }

    /// What the parent does when results have come for the call that it waits for.
    pub fn on_progress(mut self, hook: impl FnMut(Progress) + 'static) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    /// Lets the pool fork although this process has other threads.
    ///
    /// # Safety
    ///
    /// At every fork (see [the crate's documentation](crate#threads)) no other thread may hold a
    /// lock that the function needs in a worker: of the standard output, of the environment, of
    /// the allocator where it is not glibc's, or any of your own. It would never be released.
    pub unsafe fn allow_threads(mut self) -> Self {
        self.threads_allowed = true;
        self
    }

    /// Forks the workers, which inherit `function`, and waits for their initialisers.
    ///
    /// # Errors
    ///
    /// [`Cause::Threads`], [`Cause::System`] if the system refuses a process, a socket or memory,
    /// [`Cause::Initialiser`], [`Cause::NoWorker`] for a pool of no workers. Nothing is left
    /// behind.
    pub fn build<A: Payload, R: Payload>(
        self,
        function: impl FnMut(A) -> R + 'static,
    ) -> Result<Pool<A, R>, Error> {
        if self.workers == 0 {
            let reason = "a pool of 0 workers".to_owned();
            return Err(Error::new(Cause::NoWorker { reason }));
        }
        let task = Task {
            function: Box::new(function),
            initialiser: self.initialiser,
            limit: self.limit,
            start: Instant::now(),
        };
        let plan = Plan {
            workers: self.workers,
            recycle_after: self.recycle_after,
            chunk_size: self.chunk_size,
            threads_allowed: self.threads_allowed,
        };
        let window = self.window.unwrap_or(self.workers.saturating_mul(WINDOW));
        Ok(Pool::over(Dispatcher::new(task, plan)?, window, self.hook))
    }
}

/// How many items for each worker `imap` takes beyond those handed out.
const WINDOW: usize = 4096;
