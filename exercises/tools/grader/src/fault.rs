//! What a check can find wrong, each with the name that the learner reads and that wrong answers
//! are filed under.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One kind of mistake. The order is by importance: of several findings the first is the main
/// one, because the others usually follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "&str", try_from = "String")]
pub enum Fault {
    /// The grader itself could not do its work; nothing is known about the answer.
    GraderFailed,
    /// The function still is a `todo!`.
    NotStarted,
    /// It signalled processes that are not its own, as `kill(-1, …)` does.
    SignalledOthers,
    /// It went on forking until the limit stopped it.
    ForkBomb,
    /// More processes were alive at once than the check allows.
    TooManyProcesses,
    /// A child returned from the function as if it were the parent.
    ChildCameBack,
    /// A panic in a child climbed out of the function.
    ChildPanicked,
    /// Every process waits for something that cannot happen any more.
    Deadlock,
    /// It did not return within the time limit.
    TimedOut,
    /// It printed more than the check allows.
    TooMuchOutput,
    /// It asked for more memory than the check allows.
    OutOfMemory,
    /// It used up its stack.
    StackOverflow,
    /// A signal ended the process that ran the function.
    KilledBySignal,
    /// The process that called the function exited instead of returning from it.
    ParentExited,
    /// The function ends the process, as it should, but with another exit status.
    WrongExitStatus,
    /// The function panicked in the parent.
    Panicked,
    /// A child had ended, and nobody waited for it.
    NotWaitedFor,
    /// A process was still alive after the function had returned.
    StillRunning,
    /// Another number of processes was created than the task asks for.
    WrongProcessCount,
    /// Too few processes were alive at the same time, or too many.
    WrongConcurrency,
    /// An assertion of the check failed.
    CheckFailed,
    /// Standard output is not what the task asks for.
    WrongOutput,
    /// Descriptors were open after the function had returned that were not open before.
    DescriptorsLeftOpen,
    /// Files were left behind.
    FilesLeftBehind,
}

impl Fault {
    /// All of them, most important first.
    pub const ALL: [Fault; 24] = [
        Fault::GraderFailed,
        Fault::NotStarted,
        Fault::SignalledOthers,
        Fault::ForkBomb,
        Fault::TooManyProcesses,
        Fault::ChildCameBack,
        Fault::ChildPanicked,
        Fault::Deadlock,
        Fault::TimedOut,
        Fault::TooMuchOutput,
        Fault::OutOfMemory,
        Fault::StackOverflow,
        Fault::KilledBySignal,
        Fault::ParentExited,
        Fault::WrongExitStatus,
        Fault::Panicked,
        Fault::NotWaitedFor,
        Fault::StillRunning,
        Fault::WrongProcessCount,
        Fault::WrongConcurrency,
        Fault::CheckFailed,
        Fault::WrongOutput,
        Fault::DescriptorsLeftOpen,
        Fault::FilesLeftBehind,
    ];

    /// Its name in plain words, as in `//! verdict: child came back`.
    pub const fn name(self) -> &'static str {
        match self {
            Fault::GraderFailed => "grader failed",
            Fault::NotStarted => "not started",
            Fault::SignalledOthers => "signalled others",
            Fault::ForkBomb => "fork bomb stopped",
            Fault::TooManyProcesses => "too many processes",
            Fault::ChildCameBack => "child came back",
            Fault::ChildPanicked => "child panicked",
            Fault::Deadlock => "deadlock",
            Fault::TimedOut => "timed out",
            Fault::TooMuchOutput => "too much output",
            Fault::OutOfMemory => "out of memory",
            Fault::StackOverflow => "stack overflow",
            Fault::KilledBySignal => "killed by signal",
            Fault::ParentExited => "parent exited",
            Fault::WrongExitStatus => "wrong exit status",
            Fault::Panicked => "panicked",
            Fault::NotWaitedFor => "not waited for",
            Fault::StillRunning => "still running",
            Fault::WrongProcessCount => "wrong number of processes",
            Fault::WrongConcurrency => "wrong number at once",
            Fault::CheckFailed => "check failed",
            Fault::WrongOutput => "wrong output",
            Fault::DescriptorsLeftOpen => "descriptors left open",
            Fault::FilesLeftBehind => "files left behind",
        }
    }

    /// After such a fault, whatever else is wrong usually follows from it, and is not told.
    pub(crate) fn explains_the_rest(self) -> bool {
        self <= Fault::Panicked
    }

    /// The fault of that name, if there is one.
    pub fn named(name: &str) -> Option<Fault> {
        Fault::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

impl From<Fault> for &'static str {
    fn from(fault: Fault) -> &'static str {
        fault.name()
    }
}

impl TryFrom<String> for Fault {
    type Error = String;

    fn try_from(name: String) -> Result<Fault, String> {
        Fault::named(&name).ok_or_else(|| format!("there is no verdict \"{name}\""))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name_and_stands_in_order() {
        assert!(Fault::ALL.is_sorted());
        for fault in Fault::ALL {
            assert_eq!(Fault::named(fault.name()), Some(fault));
        }
        assert_eq!(Fault::ALL.len(), Fault::FilesLeftBehind as usize + 1, "one is missing");
    }
}
