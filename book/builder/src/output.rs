//! What the reader of a terminal is told.

use std::fmt::Display;

/// Prints a line. If no process reads any more, as behind `| head -1`, it is dropped; `println!`
/// would panic. If it cannot be written, the program says so at its end.
pub fn say(line: impl Display) {
    lesson_cli::write_out(&format!("{line}\n"));
}
