//! How often the processes of a case made the calls that move data, open files or ask in vain. The
//! verdict carries the numbers, so that something can be said about an answer that passed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::{Deserialize, Serialize};

/// What the test process called, and what all others did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// The process that called the function.
    pub parent: CallCounts,
    /// The processes that descend from it, and those of the check's own.
    pub children: CallCounts,
}

/// Declares [`CallCounts`] and the same numbers in the shared log, from one list.
macro_rules! counted {
    ($($(#[$doc:meta])* $name:ident = $counter:ident,)*) => {
        /// Calls of one process or several, on descriptors other than the three standard ones.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct CallCounts {
            $($(#[$doc])* pub $name: u64,)*
        }

        /// What is counted.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Counter {
            $($counter,)*
        }

        /// How many kinds there are.
        const KINDS: usize = [$(Counter::$counter),*].len();

        impl Counters {
            pub(super) fn read(&self) -> CallCounts {
                CallCounts { $($name: self.0[Counter::$counter as usize].load(Relaxed),)* }
            }
        }
    };
}

counted! {
    /// Calls of `read` and its relatives that brought something, or the end.
    reads = Reads,
    /// The bytes that they brought.
    bytes_read = BytesRead,
    /// Calls of `write` and its relatives that took something.
    writes = Writes,
    /// The bytes that they took.
    bytes_written = BytesWritten,
    /// Files that were opened.
    opens = Opens,
    /// Questions in vain, by `waitpid` with `WNOHANG` for instance.
    looks = Looks,
}

/// Numbers in memory that processes share. Zeroes are valid.
pub(crate) struct Counters([AtomicU64; KINDS]);

impl Counters {
    pub(super) fn add(&self, counter: Counter, count: u64) {
        self.0[counter as usize].fetch_add(count, Relaxed);
    }
}
