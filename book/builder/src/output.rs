//! What the reader of a terminal is told.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line. If nobody reads any more, as behind `| head -1`, it is dropped; `println!` would
/// panic.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
