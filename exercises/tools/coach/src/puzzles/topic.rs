//! What a question is about.

use std::fmt;

/// The kinds of questions, in the order in which they are first asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Topic {
    /// A fork in a branch, and whether the child leaves it.
    Branches,
    /// A fork in a loop.
    Loops,
    /// What a wait orders, and what it does not.
    Waits,
    /// Text that is in a buffer when a process forks.
    Buffers,
    /// Children that have ended and were not waited for.
    Zombies,
    /// Pipes, and who holds their ends.
    Pipes,
}

impl Topic {
    /// All of them.
    pub(crate) const ALL: [Topic; 6] =
        [Topic::Branches, Topic::Loops, Topic::Waits, Topic::Buffers, Topic::Zombies, Topic::Pipes];

    /// Its name, for the reader and in the progress file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Topic::Branches => "branches",
            Topic::Loops => "loops",
            Topic::Waits => "waits",
            Topic::Buffers => "buffers",
            Topic::Zombies => "zombies",
            Topic::Pipes => "pipes",
        }
    }

    /// Where the book explains it.
    pub(crate) fn chapter(self) -> &'static str {
        match self {
            Topic::Branches | Topic::Buffers => "book/src/fork-basics.md",
            Topic::Loops => "book/src/many-forks.md",
            Topic::Waits | Topic::Zombies => "book/src/waitpid.md",
            Topic::Pipes => "book/src/pipes.md",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
