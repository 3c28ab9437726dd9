//! Why a search could not be made, or not be finished.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

/// Why there is no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// This system, or this kernel, has no such thing as seccomp user notification.
    Unsupported(String),
    /// The system refused something that the search needs.
    System {
        /// What was tried, as in `fork`.
        what: String,
        /// The system's reason.
        reason: io::Error,
    },
    /// The command cannot be run.
    NotRun {
        /// The command's name.
        command: String,
        /// Why not.
        reason: io::Error,
    },
    /// The program makes threads, whose steps in shared memory this search cannot see.
    Threads {
        /// The process that makes them.
        process: String,
    },
    /// A process is stopped, as by SIGSTOP or by a tracer, which this search does not follow.
    Stops {
        /// The step that stops it, as in `parent sends SIGSTOP to child 1`.
        step: String,
    },
    /// The same choices did not lead to the same steps.
    Diverged(Divergence),
    /// An order that was to be replayed makes no sense.
    Order(String),
    /// A signal asked this process to end; nothing of the program is left.
    Interrupted {
        /// The number of the signal.
        signal: i32,
    },
    /// A worker of the search ended unexpectedly.
    Worker(String),
    /// The calling process has threads, so that it cannot safely fork.
    CallerHasThreads,
}

/// Where a repeated run went another way than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divergence {
    /// The step, counted from 1.
    pub step: usize,
    /// What was expected, as in `child 1: write`.
    pub expected: String,
    /// What could be done instead.
    pub found: String,
    /// Whether the order came from outside, so that it may be wrong or of another program.
    pub asked_for: bool,
}

impl Error {
    pub(crate) fn system(what: impl Into<String>, reason: impl Into<io::Error>) -> Self {
        Error::System { what: what.into(), reason: reason.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unsupported(why) | Error::Order(why) => f.write_str(why),
            Error::System { what, reason } => write!(f, "{what} failed: {reason}"),
            Error::NotRun { command, reason } => write!(f, "cannot run '{command}': {reason}"),
            Error::Threads { process } => write!(
                f,
                "the program's {process} starts a thread; threads share memory, and steps in \
                 memory are invisible to this search"
            ),
            Error::Stops { step } => write!(
                f,
                "{step}, which may stop a process; this search does not follow stopped processes, or \
                 what other processes see of them"
            ),
            Error::Diverged(divergence) if divergence.asked_for => write!(
                f,
                "the order asks for {} as step {}, but the possible steps there are: {}; is it an \
                 order of this command?",
                divergence.expected, divergence.step, divergence.found
            ),
            Error::Diverged(divergence) => write!(
                f,
                "step {} differs from run to run: expected {}, found {}; the program depends on \
                 something that is not an order of steps, such as the time, a PID's value, or \
                 a file that an earlier run left behind",
                divergence.step, divergence.expected, divergence.found
            ),
            Error::Interrupted { signal } => write!(f, "interrupted by signal {signal}"),
            Error::Worker(why) => write!(f, "a worker of the search is gone: {why}"),
            Error::CallerHasThreads => {
                write!(f, "this process has threads; a fork would copy the locks they hold")
            }
        }
    }
}

impl std::error::Error for Error {}
