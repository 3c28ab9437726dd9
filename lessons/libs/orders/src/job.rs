//! What the search asks of a worker, and what the worker answers.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Divergence, Error};
use crate::name::Name;
use crate::outcome::Outcome;
use crate::report::Caveat;
use crate::step::{Choice, Offer, Step};

/// One run to make.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    /// The choices to begin with, and the call that each has to meet, if it is known.
    pub(crate) prefix: Vec<(Choice, Option<String>)>,
    /// Steps that need not be taken next, as they have been tried.
    pub(crate) sleep: Vec<Step>,
    pub(crate) plan: Plan,
    /// The number of steps after which the run is cut off.
    pub(crate) most_steps: usize,
    pub(crate) fatal: Vec<Fatal>,
}

/// A step that has ended a process although nothing had announced it: its process, and how many steps
/// that has taken before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fatal {
    pub(crate) process: Name,
    pub(crate) after: u32,
}

/// How to choose after the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Plan {
    /// Whatever is not asleep.
    Explore,
    /// By random priorities, for a run of about `steps` steps.
    Random { seed: u64, steps: usize },
    /// As for exploring, but all states are wanted, those of the prefix too.
    Replay,
}

/// A state of a run, before its next step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) offers: Vec<Offer>,
    /// Which offer was taken; none at the end of the run.
    pub(crate) chosen: Option<usize>,
    pub(crate) sleep: Vec<Step>,
}

/// One run as it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Made {
    /// The states behind the prefix; in a replay, all.
    pub(crate) states: Vec<State>,
    /// None if an equivalent run has already been made.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) caveats: BTreeSet<Caveat>,
    /// Those that the search did not know of.
    pub(crate) fatal: Vec<Fatal>,
}

/// A worker's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Made(Made),
    Failed(Failure),
}

/// An [`Error`] that can travel.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Failure {
    Unsupported(String),
    System { what: String, errno: i32 },
    Threads { process: String },
    Stops { step: String },
    Diverged(Divergence),
    Interrupted { signal: i32 },
    Other(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unsupported(why) => Failure::Unsupported(why),
            Error::System { what, reason } => {
                Failure::System { what, errno: reason.raw_os_error().unwrap_or(0) }
            }
            Error::Threads { process } => Failure::Threads { process },
            Error::Stops { step } => Failure::Stops { step },
            Error::Diverged(divergence) => Failure::Diverged(divergence),
            Error::Interrupted { signal } => Failure::Interrupted { signal },
            other => Failure::Other(other.to_string()),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unsupported(why) => Error::Unsupported(why),
            Failure::System { what, errno } => {
                Error::System { what, reason: io::Error::from_raw_os_error(errno) }
            }
            Failure::Threads { process } => Error::Threads { process },
            Failure::Stops { step } => Error::Stops { step },
            Failure::Diverged(divergence) => Error::Diverged(divergence),
            Failure::Interrupted { signal } => Error::Interrupted { signal },
            Failure::Other(why) => Error::Worker(why),
        }
    }
}

/// Sends a message: its length, then its bytes.
pub(crate) fn send(mut to: impl Write, message: &impl Serialize) -> io::Result<()> {
    let body = postcard::to_stdvec(message).map_err(io::Error::other)?;
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    to.write_all(&[&length.to_ne_bytes(), body.as_slice()].concat())
}

/// Receives a message.
pub(crate) fn receive<M: DeserializeOwned>(mut from: impl Read) -> io::Result<M> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_ne_bytes(length)).map_err(io::Error::other)?;
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    postcard::from_bytes(&body).map_err(io::Error::other)
}
