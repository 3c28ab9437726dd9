//! A pool with options.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::dispatcher::Dispatcher;
use crate::engine::Engine;
use crate::error::{Cause, Error};
use crate::event::Event;
use crate::fences::Fences;
use crate::hooks::{Hooks, Progress};
use crate::payload::Payload;
use crate::plan::{Fork, Plan};
use crate::pool::Pool;
use crate::window::Window;
use crate::worker::Task;

/// The most workers of a pool.
const MOST_WORKERS: usize = 4096;

/// How many items for each worker `imap` takes beyond those handed out.
const WINDOW: usize = 4096;

/// How many bytes the results that `imap` has not handed out may have.
const WINDOW_BYTES: usize = 16 << 20;

type Initialiser<'f, S> = Box<dyn FnMut() -> Result<S, String> + 'f>;
type Finaliser<'f, S> = Box<dyn FnMut(S) + 'f>;

/// Options of a pool. [`Builder::build`] makes it.
///
/// `S` is the state that the initialiser makes in each worker; `()` without one.
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
pub struct Builder<'f, S = ()> {
    plan: Plan,
    workers: Option<usize>,
    window: Option<usize>,
    window_bytes: usize,
    hooks: Hooks<'f>,
    initialiser: Initialiser<'f, S>,
    finaliser: Finaliser<'f, S>,
}

impl Pool<'static, (), ()> {
    /// A pool with options.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::builder().workers(2).build(|x: u64| x + 1)?;
    /// assert_eq!(pool.apply(1)?, 2);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn builder<'f>() -> Builder<'f> {
        Builder::new()
    }
}

impl<'f, A: Payload, R: Payload> Pool<'f, A, R> {
    /// Forks `workers` workers, which inherit `function` and all that it has captured.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| x * x)?;
    /// assert_eq!(pool.map(1..=3)?, [1, 4, 9]);
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    pub fn new(workers: usize, function: impl FnMut(A) -> R + 'f) -> Result<Self, Error> {
        Builder::new().workers(workers).build(function)
    }
}

impl<'f> Builder<'f> {
    fn new() -> Self {
        let plan = Plan {
            workers: 0,
            recycle_after: usize::MAX,
            chunk_size: None,
            threads_allowed: false,
            limit: None,
            initialiser_limit: None,
            has_initialiser: false,
            fences: Fences::available(),
            start: Instant::now(),
        };
        Builder {
            plan,
            workers: None,
            window: None,
            window_bytes: WINDOW_BYTES,
            hooks: Hooks::default(),
            initialiser: Box::new(|| Ok(())),
            finaliser: Box::new(drop),
        }
    }

    /// What each worker does once, before its first item. The value that it returns is the worker's
    /// *state*, which [`Builder::build_with`] hands to the function. If the initialiser fails, the
    /// build fails with the initialiser's error. If it fails in a worker that replaces another, no
    /// more workers are forked.
    ///
    /// ```standalone_crate
    /// use pool::Pool;
    ///
    /// let pool = Pool::builder()
    ///     .workers(2)
    ///     .initialiser(|| Ok::<_, String>(format!("worker {}", std::process::id())))
    ///     .build_with(|name: &mut String, item: u64| format!("{name}, item {item}"))?;
    /// assert!(pool.apply(7)?.ends_with(", item 7"));
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn initialiser<S: 'f, E: Display>(
        mut self,
        mut initialiser: impl FnMut() -> Result<S, E> + 'f,
    ) -> Builder<'f, S> {
        self.plan.has_initialiser = true;
        Builder {
            plan: self.plan,
            workers: self.workers,
            window: self.window,
            window_bytes: self.window_bytes,
            hooks: self.hooks,
            initialiser: Box::new(move || initialiser().map_err(|error| error.to_string())),
            finaliser: Box::new(drop),
        }
    }
}

impl<'f, S: 'f> Builder<'f, S> {
    /// The number of workers, 1 to 4096. The default is the number of cores that this process may
    /// use.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::builder().workers(3).build(|x: u64| x)?;
    /// assert_eq!(pool.workers().len(), 3);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = Some(count);
        self
    }

    /// The number of items that are handed out together; 0 counts as 1. A chunk has at most 16 KiB.
    ///
    /// By default, a chunk has as many items as take about 50 µs, or a single item if that takes
    /// longer. The workers measure this time while they work, so a value of your own is rarely
    /// needed. Whatever the size, a worker that has nothing to do gets items that another has not
    /// begun.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::builder().chunk_size(100).build(|x: u64| x + 1)?;
    /// assert_eq!(pool.map(0..1000)?.len(), 1000);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn chunk_size(mut self, items: usize) -> Self {
        self.plan.chunk_size = Some(items.max(1));
        self
    }

    /// The number of items that [`Pool::imap`] takes from its input beyond those whose results it
    /// has handed out; 0 counts as 1. The default is 4096 for each worker.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::builder().window(10).build(|x: u64| x)?;
    /// let mut taken = 0;
    /// pool.imap((0..100).inspect(|_| taken += 1)).next();
    /// assert!(taken <= 11);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn window(mut self, items: usize) -> Self {
        self.window = Some(items.max(1));
        self
    }

    /// The approximate number of bytes of the results that [`Pool::imap`] has not handed out. The
    /// default is 16 MiB. One result is always let through, however large it is.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::builder().window_bytes(1 << 20).build(|x: u8| vec![x; 1 << 18])?;
    /// assert_eq!(pool.imap(0..20).count(), 20);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn window_bytes(mut self, bytes: usize) -> Self {
        self.window_bytes = bytes.max(1);
        self
    }

    /// How long each item may run, from the moment a worker begins it.
    ///
    /// An item that takes longer fails with [`Cause::TimedOut`]. Its worker is killed, with all
    /// processes that it has started, and replaced. The same happens to a worker that is silent for
    /// this long (or for a second, if the limit is shorter) for any other reason. With a time
    /// limit, therefore, every call ends.
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::builder().time_limit(Duration::from_millis(50));
    /// let pool = pool.build(|x: u64| if x == 0 { loop {} } else { x })?;
    /// assert!(matches!(pool.apply(0).unwrap_err().cause(), pool::Cause::TimedOut { .. }));
    /// assert_eq!(pool.apply(1)?, 1);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.plan.limit = Some(limit);
        self
    }

    /// How long the initialiser may run in a worker. By default there is no limit, or a limit of
    /// one minute if there is a [time limit](Builder::time_limit) for items.
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// let builder = pool::Pool::builder().workers(1).initialiser(|| -> Result<(), String> { loop {} });
    /// let error = builder.initialiser_limit(Duration::from_millis(50)).build(|x: u64| x).unwrap_err();
    /// assert!(matches!(error.cause(), pool::Cause::Initialiser { .. }));
    /// ```
    pub fn initialiser_limit(mut self, limit: Duration) -> Self {
        self.plan.initialiser_limit = Some(limit);
        self
    }

    /// What each worker does with its state in the end: when the pool is dropped, or when it is
    /// recycled. Not if it is killed or dies.
    ///
    /// Without it, the state is dropped then. The function, and what it has captured, is dropped in
    /// any case.
    ///
    /// ```standalone_crate
    /// let path = std::env::temp_dir().join(format!("pool-doc-{}", std::process::id()));
    /// let pool = pool::Pool::builder()
    ///     .workers(1)
    ///     .initialiser(|| Ok::<_, String>(0))
    ///     .finaliser(|sum: u64| std::fs::write(&path, sum.to_string()).unwrap())
    ///     .build_with(|sum: &mut u64, item: u64| *sum += item)?;
    /// pool.map(1..=4)?;
    /// drop(pool);
    /// assert_eq!(std::fs::read_to_string(&path).unwrap(), "10");
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn finaliser(mut self, finaliser: impl FnMut(S) + 'f) -> Self {
        self.finaliser = Box::new(finaliser);
        self
    }

    /// Replaces a worker by a new one after this number of items; 0 counts as 1. This is for
    /// functions that leak memory.
    ///
    /// A worker ends only when its replacement is ready. If no replacement can be forked, for
    /// example because this process has threads by now, the worker continues.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::builder().workers(1).recycle_after(2).build(|(): ()| std::process::id())?;
    /// let pids = pool.map([(); 4])?;
    /// assert!(pids[0] == pids[1] && pids[1] != pids[2]);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn recycle_after(mut self, items: usize) -> Self {
        self.plan.recycle_after = items.max(1);
        self
    }

    /// Sets a hook that the parent calls when results have arrived for the call that it waits for.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::builder()
    ///     .on_progress(|progress| eprint!("\r{} of {:?}", progress.done, progress.total))
    ///     .build(|x: u64| x)?;
    /// pool.map(0..100)?;
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn on_progress(mut self, hook: impl FnMut(Progress) + 'f) -> Self {
        self.hooks.set_progress(hook);
        self
    }

    /// Sets a hook that the parent calls when something has happened to a worker, for example its
    /// start, its death or its silence. The hook is called from the pool's methods, some time after
    /// the event.
    ///
    /// ```standalone_crate
    /// use pool::{Event, Pool};
    /// use std::cell::Cell;
    ///
    /// let deaths = Cell::new(0);
    /// let pool = Pool::builder()
    ///     .on_event(|event| deaths.set(deaths.get() + u32::from(matches!(event, Event::Died { .. }))))
    ///     .build(|x: u64| if x == 1 { std::process::exit(3) } else { x })?;
    /// assert!(pool.map_all([0, 1, 2])[1].is_err());
    /// assert_eq!(deaths.get(), 1);
    /// # drop(pool);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn on_event(mut self, hook: impl FnMut(&Event) + 'f) -> Self {
        self.hooks.set_events(hook);
        self
    }

    /// Lets the pool fork although this process has other threads.
    ///
    /// ```standalone_crate
    /// let (sender, receiver) = std::sync::mpsc::channel::<()>();
    /// let thread = std::thread::spawn(move || receiver.recv());
    /// // SAFETY: the other thread waits for a message and holds no lock that squaring needs.
    /// let pool = unsafe { pool::Pool::builder().allow_threads() }.build(|x: u64| x * x)?;
    /// assert_eq!(pool.apply(3)?, 9);
    /// # drop(sender);
    /// # let _ = thread.join();
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Safety
    ///
    /// At every fork (see [the crate's documentation](crate#threads)) no other thread may hold a
    /// lock that the function needs in a worker: of the standard output, of the environment, of
    /// the allocator where it is not glibc's, or any of your own. It would never be released.
    pub unsafe fn allow_threads(mut self) -> Self {
        self.plan.threads_allowed = true;
        self
    }

    /// Forks the workers, which inherit `function`, and waits for their initialisers.
    ///
    /// ```standalone_crate
    /// let factor = 3;
    /// let pool = pool::Pool::builder().workers(2).build(|x: u64| factor * x)?;
    /// assert_eq!(pool.map([1, 2])?, [3, 6]);
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Cause::Threads`]; [`Cause::System`] if the system refuses a process, a socket or memory;
    /// [`Cause::Initialiser`]; [`Cause::NoWorker`] for a pool of 0 workers, and [`Cause::Invalid`]
    /// for a pool of too many. No process is left behind.
    ///
    /// # Panics
    ///
    /// Never, unless there is a mistake in this library.
    pub fn build<A: Payload, R: Payload>(
        self,
        mut function: impl FnMut(A) -> R + 'f,
    ) -> Result<Pool<'f, A, R>, Error> {
        self.build_with(move |_: &mut S, item| function(item))
    }

    /// Like [`Builder::build`], for a function that is given the worker's state with each item.
    ///
    /// ```standalone_crate
    /// let builder = pool::Pool::builder().workers(1).initialiser(|| Ok::<_, String>(100_u64));
    /// let pool = builder.build_with(|sum: &mut u64, item: u64| {
    ///     *sum += item;
    ///     *sum
    /// })?;
    /// assert_eq!(pool.map([1, 2, 3])?, [101, 103, 106]);
    /// # Ok::<(), pool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    ///
    /// # Panics
    ///
    /// Never, unless there is a mistake in this library.
    pub fn build_with<A: Payload, R: Payload>(
        self,
        function: impl FnMut(&mut S, A) -> R + 'f,
    ) -> Result<Pool<'f, A, R>, Error> {
        let workers = self.workers.unwrap_or_else(usable_cores);
        check_count(workers)?;
        let (initialiser, finaliser) = (self.initialiser, self.finaliser);
        // Only a worker takes the task, out of its own copy of this closure.
        let mut task = Some(Task { initialiser, function, finaliser, types: PhantomData });
        let main: Box<Fork<'f>> = Box::new(move |ends| {
            let task = task.take().expect("BUG: a worker has one life");
            task.run(ends)
        });
        let items = self.window.unwrap_or_else(|| workers.saturating_mul(WINDOW));
        let window = Window { items, bytes: self.window_bytes };
        let plan = Plan { workers, start: Instant::now(), ..self.plan };
        Ok(Pool::over(Engine::new(Dispatcher::new(main, plan)?, window, self.hooks)))
    }
}

/// Called only when needed, because it reads several of the system's files.
fn usable_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

fn check_count(workers: usize) -> Result<(), Error> {
    let cause = match workers {
        0 => Cause::NoWorker { reason: "a pool of 0 workers".to_owned() },
        1..=MOST_WORKERS => return Ok(()),
        count => {
            let reason = format!("a pool of {count} workers, but the maximum is {MOST_WORKERS}");
            Cause::Invalid { reason }
        }
    };
    Err(Error::new(cause))
}

impl<S> fmt::Debug for Builder<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("workers", &self.workers)
            .field("chunk_size", &self.plan.chunk_size)
            .field("recycle_after", &self.plan.recycle_after)
            .field("time_limit", &self.plan.limit)
            .finish_non_exhaustive()
    }
}
