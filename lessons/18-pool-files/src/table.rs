//! The tables. On a terminal only the first rows are shown; a pipe or a file gets all.

use std::io::{IsTerminal, stdout};

use filecount::Characters;
use filecount::digits::{Counts, Row, report, report_for_screen};
use filecount::files::Source;
use lesson_cli::{Failure, printable, say, write_lines, write_out};

use crate::work::Outcome;

/// A line for each file, with its name last, because a name may have any length.
pub(crate) fn characters(
    sources: &[Source],
    outcomes: &[Outcome<Characters>],
    most: usize,
) -> Result<(), Failure> {
    let mut total = Characters::default();
    let mut hidden = 0;
    say!("characters   digits   spaces   letters    other  file");
    for (index, (source, outcome)) in sources.iter().zip(outcomes).enumerate() {
        let path = printable(&source.path);
        match outcome {
            Err(reason) => say!("{:>47}  {path}: {reason}", "-"),
            Ok(count) => {
                total += *count;
                if index < most || !stdout().is_terminal() {
                    line(count, &path);
                } else {
                    hidden += 1;
                }
            }
        }
    }
    if hidden > 0 {
        say!("{:>47}  and {hidden} more: see --all", "…");
    }
    line(&total, "total");
    verdict(outcomes.iter().filter(|outcome| outcome.is_err()).count(), sources.len())
}

fn line(count: &Characters, name: &str) {
    let Characters { digits, spaces, letters, other } = count;
    say!("{:>10} {digits:>8} {spaces:>8} {letters:>9} {other:>8}  {name}", count.all());
}

pub(crate) fn digits(
    sources: &[Source],
    outcomes: Vec<Outcome<Counts>>,
    most: usize,
) -> Result<(), Failure> {
    let name = |source: &Source| printable(&source.path);
    let rows = sources.iter().zip(outcomes);
    let rows: Vec<Row> = rows.map(|(source, counts)| Row { name: name(source), counts }).collect();
    if stdout().is_terminal() {
        write_lines(&report_for_screen(&rows, most));
    } else {
        write_out(&report(&rows));
    }
    verdict(rows.iter().filter(|row| row.counts.is_err()).count(), rows.len())
}

/// An error, so that scripts notice when files are missing from the total.
fn verdict(failed: usize, all: usize) -> Result<(), Failure> {
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Other(format!(
            "{failed} of {all} files could not be analysed; see their rows"
        ))),
    }
}
