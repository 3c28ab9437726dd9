//! What a check can find wrong, each with the name that the learner reads and that wrong answers
//! are filed under.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares [`Fault`] with the names of its values, from one list.
macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident = $name:literal,)*) => {
        /// One kind of mistake. The order is by importance: of several findings the first is the
        /// main one, because the others usually follow from it.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(into = "&str", try_from = "String")]
        pub enum Fault {
            $($(#[$doc])* $fault,)*
        }

        impl Fault {
            /// All of them, most important first.
            pub const ALL: &[Fault] = &[$(Fault::$fault),*];

            /// Its name in plain words, as in `//! verdict: child returned`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Fault::$fault => $name,)*
                }
            }
        }
    };
}

faults! {
    /// The grader itself could not do its work; nothing is known about the answer.
    GraderFailed = "grader failed",
    /// The system had no process to give, so nothing is known about the answer.
    NoProcesses = "no processes available",
    /// The function still is a `todo!`.
    NotStarted = "not started",
    /// It signalled processes that are not its own, as `kill(-1, …)` does.
    SignalledOthers = "signalled others",
    /// It went on forking until the limit stopped it.
    ForkBomb = "fork bomb stopped",
    /// More processes were alive at once than the check allows.
    TooManyProcesses = "too many processes",
    /// A child returned from the function as if it were the parent.
    ChildReturned = "child returned",
    /// A panic in a child climbed out of the function.
    ChildPanicked = "child panicked",
    /// It waited for a child of its caller's, or ended it.
    NotYourChild = "not your child",
    /// Every process waits for something that cannot happen any more.
    Deadlock = "deadlock",
    /// It did not return within the time limit.
    TimedOut = "timed out",
    /// It printed more than the check allows.
    TooMuchOutput = "too much output",
    /// It asked for more memory than the check allows.
    OutOfMemory = "out of memory",
    /// It used up its stack.
    StackOverflow = "stack overflow",
    /// A signal ended the process that ran the function.
    KilledBySignal = "killed by signal",
    /// The process that called the function exited instead of returning from it.
    ParentExited = "parent exited",
    /// The function ends the process, as it should, but with another exit status.
    WrongExitStatus = "wrong exit status",
    /// The function panicked in the parent.
    Panicked = "panicked",
    /// A child had ended, and no process waited for it.
    NotWaitedFor = "not waited for",
    /// A process was still alive after the function had returned.
    StillRunning = "still running",
    /// Another number of processes was created than the task asks for.
    WrongProcessCount = "wrong number of processes",
    /// It created threads, which the task forbids.
    UsedThreads = "used threads",
    /// It asked again and again instead of waiting.
    BusyWait = "busy wait",
    /// Too few processes were alive at the same time, or too many.
    WrongConcurrency = "wrong number at once",
    /// An assertion of the check failed.
    CheckFailed = "check failed",
    /// Something in the calling process is not as it was before.
    LeftChanged = "state not restored",
    /// Standard output is not what the task asks for.
    WrongOutput = "wrong output",
    /// Descriptors were open after the function had returned that were not open before.
    DescriptorsLeftOpen = "descriptors left open",
    /// Files were left behind.
    FilesLeftBehind = "files left behind",
}

impl Fault {
    /// The section of the book about it; `None` if that depends on the check.
    pub fn section(self) -> Option<&'static str> {
        Some(match self {
            Fault::ChildReturned => "fork-basics.md#the-child-goes-on",
            Fault::ChildPanicked => "fork-basics.md#panics",
            Fault::ForkBomb => "many-forks.md#the-children-go-on-with-the-loop",
            Fault::TooManyProcesses | Fault::WrongConcurrency => "waitpid.md#at-most-k-at-once",
            Fault::NotYourChild => "waitpid.md#any-child",
            Fault::NotWaitedFor => "waitpid.md#a-zombie-has-a-parent",
            Fault::StillRunning => "waitpid.md#an-orphan-is-alive",
            Fault::BusyWait => "waitpid.md#without-blocking",
            Fault::UsedThreads => "fork-safety.md#a-lock-that-stays-locked",
            Fault::FilesLeftBehind => "marshalling.md#files",
            _ => return None,
        })
    }

    /// After such a fault, everything else that is wrong usually follows from it, and is not told.
    pub(crate) fn explains_the_rest(self) -> bool {
        self <= Fault::Panicked
    }

    /// The fault of that name, if there is one.
    pub fn named(name: &str) -> Option<Fault> {
        Fault::ALL.iter().copied().find(|fault| fault.name() == name)
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
        for &fault in Fault::ALL {
            assert_eq!(Fault::named(fault.name()), Some(fault));
        }
    }
}
