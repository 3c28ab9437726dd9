//! The pool as its user sees it.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::call::Order;
use crate::engine::Engine;
use crate::error::Error;
use crate::handle::{Handle, MapHandle};
use crate::imap::{Imap, ImapUnordered};
use crate::payload::Payload;
use crate::run::Run;
use crate::window::Window;

/// Worker processes that run one function on many items.
///
/// The function may borrow what lives longer than the pool (`'f`), because a worker is a fork and
/// has its own copy.
///
/// A pool stays on the thread that made it, and it has no thread of its own. It makes progress
/// while one of its methods, or a method of one of its handles, is being called. In between, the
/// workers continue with what is in their queues.
///
/// ```standalone_crate
/// use pool::Pool;
///
/// let words = ["fork", "wait", "pipe"];
/// let pool = Pool::new(2, |index: usize| words[index].len())?;
/// assert_eq!(pool.map(0..3)?, [4, 4, 4]);
/// # Ok::<(), pool::Error>(())
/// ```
pub struct Pool<'f, A, R> {
    engine: Engine<'f>,
    types: PhantomData<fn(A) -> R>,
}

impl<'f, A: Payload, R: Payload> Pool<'f, A, R> {
    pub(crate) fn over(engine: Engine<'f>) -> Self {
        Pool { engine, types: PhantomData }
    }

    /// The results of all items, in the order of the items.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| x * x)?;
    /// assert_eq!(pool.map([3, 1, 2])?, [9, 1, 4]);
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the first item in that order that fails. The items behind it may or may not
    /// have run. One that is still running is cut short when another call needs its worker.
    /// [`Pool::map_all`] returns all results and all errors.
    pub fn map(&self, items: impl IntoIterator<Item = A>) -> Result<Vec<R>, Error> {
        self.map_within(None, items)
    }

    pub(crate) fn map_within(
        &self,
        limit: Option<Duration>,
        items: impl IntoIterator<Item = A>,
    ) -> Result<Vec<R>, Error> {
        let mut run = self.run(items, Order::Input, Window::ALL, limit);
        run.stop_at_error();
        run.collect()
    }

    /// The result or the error of every item, in the order of the items.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| 10 / x)?;
    /// let results = pool.map_all([5, 0, 2]);
    /// assert_eq!(*results[0].as_ref().unwrap(), 2);
    /// assert!(results[1].as_ref().unwrap_err().to_string().contains("divide by zero"));
    /// assert_eq!(*results[2].as_ref().unwrap(), 5);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn map_all(&self, items: impl IntoIterator<Item = A>) -> Vec<Result<R, Error>> {
        let mut run = self.run(items, Order::Input, Window::ALL, None);
        std::iter::from_fn(|| run.next()).map(|(_, result)| result).collect()
    }

    /// The results as an iterator, in the order of the items, while later items still run.
    ///
    /// The iterator is lazy: it takes a bounded number of items beyond those whose results it has
    /// handed out ([`Builder::window`](crate::Builder::window)), and their results take a bounded
    /// number of bytes ([`Builder::window_bytes`](crate::Builder::window_bytes)). The input may
    /// therefore be endless. Nothing is taken before the first `next`. When the iterator is
    /// dropped, items that have not begun are not run.
    ///
    /// A slow input (a pipe, a socket) delays no result: available results are handed out
    /// before the input is asked for another item. While the input itself blocks, the pool can do
    /// nothing.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| x * x)?;
    /// let large = pool.imap(0..).map(Result::unwrap).find(|&square| square > 1000);
    /// assert_eq!(large, Some(1024));
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn imap<I: IntoIterator<Item = A>>(&self, items: I) -> Imap<'_, 'f, A, R, I::IntoIter> {
        Imap(self.run(items, Order::Input, self.engine.window(), None))
    }

    /// Like [`Pool::imap`], but in the order in which the results arrive, each with the index of
    /// its item.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| x * x)?;
    /// for (index, result) in pool.imap_unordered([7, 8]) {
    ///     assert_eq!(result?, [49, 64][index]);
    /// }
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn imap_unordered<I: IntoIterator<Item = A>>(
        &self,
        items: I,
    ) -> ImapUnordered<'_, 'f, A, R, I::IntoIter> {
        ImapUnordered(self.run(items, Order::Arrival, self.engine.window(), None))
    }

    /// The result of one item.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(1, |text: String| text.to_uppercase())?;
    /// assert_eq!(pool.apply("fork".to_owned())?, "FORK");
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The item's; its index is 0.
    pub fn apply(&self, item: A) -> Result<R, Error> {
        self.apply_async(item).join()
    }

    /// Gives one item to the workers and returns at once.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(1, |x: u64| x + 1)?;
    /// let handle = pool.apply_async(1);
    /// assert_eq!(handle.join()?, 2);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn apply_async(&self, item: A) -> Handle<'_, 'f, A, R> {
        Handle::new(self.start([item], None))
    }

    /// Gives all items to the workers and returns at once.
    ///
    /// The workers get as many items as their queues hold. The others follow whenever a method of
    /// the pool or of one of its handles is called.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| x + 1)?;
    /// let handle = pool.map_async(0..3);
    /// assert_eq!(handle.join()?, [1, 2, 3]);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn map_async<I: IntoIterator<Item = A>>(
        &self,
        items: I,
    ) -> MapHandle<'_, 'f, A, R, I::IntoIter> {
        MapHandle::new(self.start(items, None))
    }

    /// Kills all workers at once, even while they run items. Items that calls still wait for fail
    /// with [`Cause::Cancelled`](crate::Cause::Cancelled). The next call has new workers.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(1, |x: u64| if x == 0 { loop {} } else { x })?;
    /// let endless = pool.apply_async(0);
    /// pool.terminate();
    /// assert_eq!(*endless.join().unwrap_err().cause(), pool::Cause::Cancelled);
    /// assert_eq!(pool.apply(1)?, 1);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn terminate(&self) {
        self.engine.terminate();
    }

    /// The PIDs of the workers.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |(): ()| std::process::id())?;
    /// assert_eq!(pool.workers().len(), 2);
    /// assert!(pool.workers().contains(&pool.apply(())?));
    /// # Ok::<(), pool::Error>(())
    /// ```
    #[must_use]
    pub fn workers(&self) -> Vec<u32> {
        self.engine.workers()
    }

    /// A descriptor to wait on, for a program that waits for other things too. It is readable when
    /// there may be something to do. Then call [`Handle::ready`] or [`MapHandle::ready`], which
    /// does it.
    ///
    /// Linux only.
    ///
    /// ```standalone_crate
    /// use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    ///
    /// let pool = pool::Pool::new(1, |x: u64| x + 1)?;
    /// let descriptor = pool.descriptor()?;
    /// let handle = pool.apply_async(1);
    /// while !handle.ready() {
    ///     let mut fds = [PollFd::new(descriptor, PollFlags::POLLIN)];
    ///     poll(&mut fds, PollTimeout::NONE).expect("no signal comes");
    /// }
    /// assert_eq!(handle.join()?, 2);
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Cause::System`](crate::Cause::System) if there are no more descriptors, or
    /// [`Cause::WrongProcess`](crate::Cause::WrongProcess).
    ///
    /// # Panics
    ///
    /// Never, unless there is a mistake in this library.
    #[cfg(target_os = "linux")]
    pub fn descriptor(&self) -> Result<std::os::fd::BorrowedFd<'_>, Error> {
        self.engine.descriptor()
    }

    pub(crate) fn window(&self) -> Window {
        self.engine.window()
    }

    pub(crate) fn run<I: IntoIterator<Item = A>>(
        &self,
        items: I,
        order: Order,
        window: Window,
        limit: Option<Duration>,
    ) -> Run<'_, 'f, A, R, I::IntoIter> {
        Run::new(&self.engine, items.into_iter(), order, window, limit)
    }

    /// A call whose items are all encoded by now.
    pub(crate) fn start<I: IntoIterator<Item = A>>(
        &self,
        items: I,
        limit: Option<Duration>,
    ) -> Run<'_, 'f, A, R, I::IntoIter> {
        let mut run = self.run(items, Order::Input, Window::ALL, limit);
        run.give_all();
        run
    }
}

impl<A, R> fmt::Debug for Pool<'_, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("workers", &self.engine.workers()).finish_non_exhaustive()
    }
}
