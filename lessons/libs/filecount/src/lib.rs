//! What can be said of one file, and of many in a table. Nothing here knows of processes, so the
//! same functions serve a loop, a pool, and an engine on many machines.
//!
//! * [`Characters`]: how many characters a text has, and of which kinds;
//! * [`digits`]: how often each digit appears, and the report on many files;
//! * [`files`]: which files there are.

mod characters;
pub mod digits;
pub mod files;

pub use characters::Characters;

/// How "it cannot be read" is said, with the system's reason.
pub(crate) fn cannot_be_read(reason: &std::io::Error) -> String {
    format!("cannot be read: {reason}")
}
