//! The report, printed by the process to which all rows came.

use std::io::{IsTerminal, stdout};

use filecount::digits::{self, Row};
use lesson_cli::{Failure, write_lines, write_out};

use crate::files::Rows;

/// Prints the rows, which are in the order of their places.
///
/// # Errors
///
/// Files that could not be counted. Their rows are printed, with the reasons.
pub(crate) fn print(rows: Rows, most: usize) -> Result<(), Failure> {
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    if stdout().is_terminal() {
        write_lines(&digits::report_for_screen(&rows, most));
    } else {
        write_out(&digits::report(&rows));
    }
    match rows.iter().filter(|row| row.counts.is_err()).count() {
        0 => Ok(()),
        failed => Err(Failure::Other(format!(
            "{failed} of {} files could not be counted; see their rows",
            rows.len()
        ))),
    }
}
