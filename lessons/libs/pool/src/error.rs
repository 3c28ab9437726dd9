//! What can go wrong, and with which item.

use std::fmt;
use std::io;
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

/// What went wrong, and with which item. The other items are not affected.
///
/// It is one pointer wide, so that a `Result` of a small value stays small.
///
/// ```standalone_crate
/// use pool::{Cause, Pool};
///
/// let pool = Pool::new(2, |x: u64| assert!(x != 7, "bad luck"))?;
/// let error = pool.map(5..9).unwrap_err();
/// assert_eq!(error.item(), Some(2));
/// assert!(matches!(error.cause(), Cause::Panicked { message, .. } if message == "bad luck"));
/// # Ok::<(), pool::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    item: Option<usize>,
    cause: Cause,
}

/// Why an item has no result, or why there is no pool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The function panicked. The worker lives on and takes the next item.
    Panicked {
        /// What it panicked with, if that was text.
        message: String,
        /// File, line and column, as in `src/main.rs:7:9`. Empty if the function has replaced
        /// the worker's panic hook.
        place: String,
    },
    /// The worker ended while it ran this item. It is replaced.
    Died {
        /// The PID it had.
        pid: u32,
        /// How it ended.
        exit: Exit,
        /// The last panic in the worker, with its place. Empty if there was none.
        last_words: String,
        /// Why the pool killed it, or how it explained its end. Empty if neither.
        reason: String,
    },
    /// The item ran longer than the pool's time limit, or its worker was silent for so long. The
    /// worker was killed and is replaced.
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The call's own time limit was over before the item was done.
    CallTimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The call was cancelled, or the pool's workers were terminated, before the item was done.
    Cancelled,
    /// The item or its result cannot be turned into bytes.
    NotEncoded {
        /// Which of the two.
        what: What,
        /// The encoder's reason, or its panic, and the type.
        reason: String,
    },
    /// The bytes of the item or of its result cannot be turned back into a value.
    NotDecoded {
        /// Which of the two.
        what: What,
        /// The decoder's reason, or its panic, and the type.
        reason: String,
    },
    /// No worker is left and none can be had.
    NoWorker {
        /// Why not.
        reason: String,
    },
    /// The worker's initialiser failed.
    Initialiser {
        /// Its error, its panic's message, or how the worker ended in it.
        reason: String,
    },
    /// This process has more than one thread, so it must not fork
    /// (see [the crate's documentation](crate#threads)).
    Threads {
        /// How many threads there are, at least.
        count: usize,
    },
    /// The pool belongs to another process, of which this one is a fork.
    WrongProcess {
        /// The PID of the process that made the pool.
        owner: u32,
    },
    /// An option has a value that cannot be meant.
    Invalid {
        /// Which, and why.
        reason: String,
    },
    /// The system refused something.
    System {
        /// What was tried, as in "fork".
        what: &'static str,
        /// The system's reason.
        reason: nix::errno::Errno,
    },
}

/// Which of the two values that cross between parent and worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The item, on its way to the worker.
    Item,
    /// The result, on its way back.
    Result,
}

/// How a worker ended, from its wait status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// It called `exit` with this status.
    Code(i32),
    /// This signal ended it. Numbers differ between systems.
    Signal(i32),
    /// The program's own code has waited for it, or `SIGCHLD` is ignored, so its status is lost.
    Unknown,
}

impl Exit {
    /// What `waitpid` has reported.
    pub(crate) fn of(status: nix::Result<WaitStatus>) -> Exit {
        match status {
            Ok(WaitStatus::Exited(_, code)) => Exit::Code(code),
            Ok(WaitStatus::Signaled(_, signal, _)) => Exit::Signal(signal as i32),
            _ => Exit::Unknown,
        }
    }
}

impl Error {
    pub(crate) fn new(cause: Cause) -> Self {
        Error(Box::new(Inner { item: None, cause }))
    }

    pub(crate) fn of_item(item: usize, cause: Cause) -> Self {
        Error(Box::new(Inner { item: Some(item), cause }))
    }

    pub(crate) fn system(what: &'static str, reason: nix::errno::Errno) -> Self {
        Error::new(Cause::System { what, reason })
    }

    pub(crate) fn io(what: &'static str, error: &io::Error) -> Self {
        let number = error.raw_os_error().unwrap_or_default();
        Error::system(what, nix::errno::Errno::from_raw(number))
    }

    /// The index of the item in the input of the call, counted from 0. `None` if the pool
    /// itself has failed.
    ///
    /// ```standalone_crate
    /// let pool = pool::Pool::new(2, |x: u64| 10 / x)?;
    /// assert_eq!(pool.map([5, 2, 0]).unwrap_err().item(), Some(2));
    /// # Ok::<(), pool::Error>(())
    /// ```
    #[must_use]
    pub fn item(&self) -> Option<usize> {
        self.0.item
    }

    /// What went wrong.
    ///
    /// ```standalone_crate
    /// use pool::{Cause, Exit, Pool};
    ///
    /// let pool = Pool::new(2, |x: i32| -> u64 { std::process::exit(x) })?;
    /// let error = pool.apply(7).unwrap_err();
    /// assert!(matches!(error.cause(), Cause::Died { exit: Exit::Code(7), .. }));
    /// # Ok::<(), pool::Error>(())
    /// ```
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }
}

impl std::error::Error for Error {}

/// For callers that expect system errors: an error of the kind of the system's reason, if there is
/// one, with the same text.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.cause() {
            Cause::System { reason, .. } => io::Error::from(*reason).kind(),
            Cause::TimedOut { .. } | Cause::CallTimedOut { .. } => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.item {
            Some(item) => write!(f, "item {item}: {}", self.0.cause),
            None => write!(f, "{}", self.0.cause),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Panicked { message, place } if place.is_empty() => {
                write!(f, "panicked: {message}")
            }
            Cause::Panicked { message, place } => write!(f, "panicked at {place}: {message}"),
            Cause::Died { pid, exit, last_words, reason } => {
                write!(f, "its worker, PID {pid}, {exit}")?;
                if !last_words.is_empty() {
                    write!(f, "; before that it {last_words}")?;
                }
                if reason.is_empty() { Ok(()) } else { write!(f, ": {reason}") }
            }
            Cause::TimedOut { limit } => write!(f, "still not done after {limit:?}"),
            Cause::CallTimedOut { limit } => write!(f, "not done within the call's {limit:?}"),
            Cause::Cancelled => f.write_str("cancelled before it was done"),
            Cause::NotEncoded { what, reason } => write!(f, "{what} cannot be sent: {reason}"),
            Cause::NotDecoded { what, reason } => write!(f, "{what} cannot be read: {reason}"),
            Cause::NoWorker { reason } => write!(f, "no worker is left: {reason}"),
            Cause::Initialiser { reason } => write!(f, "the worker's initialiser failed: {reason}"),
            Cause::Threads { count } => write!(
                f,
                "this process has {count} threads, and only a process with one can fork safely; \
                 make the pool before you start threads"
            ),
            Cause::WrongProcess { owner } => write!(
                f,
                "the pool belongs to the process with PID {owner}, and this is a fork of it; \
                 make a pool of its own here"
            ),
            Cause::Invalid { reason } => f.write_str(reason),
            Cause::System { what, reason } => {
                write!(f, "{what} failed: {}", io::Error::from(*reason))
            }
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::Item => "the item",
            What::Result => "the result",
        })
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Exit::Code(code) => write!(f, "exited with status {code}"),
            Exit::Signal(number) => match Signal::try_from(number) {
                Ok(signal) => write!(f, "was killed by {signal}"),
                Err(_) => write!(f, "was killed by signal {number}"),
            },
            Exit::Unknown => f.write_str("ended, but its status is lost"),
        }
    }
}
