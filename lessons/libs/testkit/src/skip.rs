//! Saying what is not tested on this machine.

use std::fmt::Display;
use std::io::{self, Write};

/// Says on standard error what is not tested here, and why: `skipped: …`. `.ci/run` collects these
/// lines and fails where it did not expect one.
///
/// Not by `println!`: of a test that passes, the test runner swallows what that prints.
pub fn skip(what: impl Display) {
    let _ = writeln!(io::stderr(), "skipped: {what}"); // without a standard error, no one can read it
}
