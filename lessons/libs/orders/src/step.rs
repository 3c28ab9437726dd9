//! A step: one visible system call of one process, and what it touches.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::object::Touch;

/// In which of several ways a process takes its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum How {
    /// The system call is made.
    Call,
    /// A signal is pending, and its handler runs before the call is made.
    Handler,
    /// The call returns because its time is over. Time is not modelled, so this can happen
    /// at any moment.
    TimedOut,
    /// An alarm that was set rings.
    Alarm,
    /// A planted fault: the call is refused.
    Refused,
    /// A planted fault: the call is interrupted (`EINTR`).
    Interrupted,
    /// A planted fault: fewer bytes than asked for are read or written.
    Short,
    /// A planted fault: SIGKILL ends the process before the call.
    Killed,
}

impl How {
    /// Each way, and the word for it in an order.
    const WORDS: [(How, &'static str); 8] = [
        (How::Call, ""),
        (How::Handler, "handler"),
        (How::TimedOut, "timeout"),
        (How::Alarm, "alarm"),
        (How::Refused, "refused"),
        (How::Interrupted, "eintr"),
        (How::Short, "short"),
        (How::Killed, "killed"),
    ];

    /// The word for it in an order; empty for the usual way.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(how, _)| *how == self).map_or("", |(_, word)| word)
    }

    /// The way that an order calls `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(how, _)| *how)
    }

    /// Whether it is a fault that was asked for.
    pub fn is_fault(self) -> bool {
        matches!(self, How::Refused | How::Interrupted | How::Short | How::Killed)
    }
}

/// Which process continues, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// The process.
    pub process: Name,
    /// How it continues.
    pub how: How,
}

/// What a step does to the family of processes, for a drawing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Effect {
    None,
    Fork(Name),
    /// The program's name.
    Exec(String),
    /// Waits for one child, or for any.
    Wait(Option<Name>),
    Collect(Name),
    Exit(u8),
    /// The signal's name, and each process that gets it, with whether it ends by it.
    Signal(String, Vec<(Name, bool)>),
}

/// One step of one process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The process and how it continues.
    pub choice: Choice,
    /// The name of the system call, such as `write`. A replay that meets another call differs.
    pub call: String,
    /// The call for people, such as `writes "hello\n"`.
    pub words: String,
    /// What it adds to the output: the first 4,096 bytes, with names for PIDs.
    pub printed: Option<String>,
    /// What the step reads and changes.
    pub(crate) touches: Vec<Touch>,
    pub(crate) effect: Effect,
}

impl Step {
    /// The process that takes the step.
    pub fn process(&self) -> &Name {
        &self.choice.process
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.choice.process, self.words)
    }
}

/// A step that a parked process could take next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) step: Step,
    /// Whether it can be taken now; a wait for a child that lives cannot.
    pub(crate) enabled: bool,
    /// The one process whose steps can enable it, if it is not enabled and there is only one.
    pub(crate) enabler: Option<Name>,
}
