//! The tables.

use filecount::Characters;
use filecount::digits::{Counts, Row, report};
use filecount::files::Source;
use lesson_cli::{Failure, say, write_out};

use crate::work::Outcome;

/// A line for each file, with its name last, because a name may have any length.
pub(crate) fn characters(
    sources: &[Source],
    outcomes: &[Outcome<Characters>],
) -> Result<(), Failure> {
    let mut total = Characters::default();
    say!("characters      digits      spaces     letters       other  file");
    for (source, outcome) in sources.iter().zip(outcomes) {
        let path = source.path.display();
        match outcome {
            Ok(count) => {
                line(count, &path.to_string());
                total += *count;
            }
            Err(reason) => say!("{:>58}  {path}: {reason}", "-"),
        }
    }
    line(&total, "total");
    verdict(outcomes.iter().filter(|outcome| outcome.is_err()).count(), sources.len())
}

fn line(count: &Characters, name: &str) {
    let Characters { digits, spaces, letters, other } = count;
    say!("{:>10} {digits:>11} {spaces:>11} {letters:>11} {other:>11}  {name}", count.all());
}

pub(crate) fn digits(sources: &[Source], outcomes: Vec<Outcome<Counts>>) -> Result<(), Failure> {
    let name = |source: &Source| source.path.display().to_string();
    let rows = sources.iter().zip(outcomes);
    let rows: Vec<Row> = rows.map(|(source, counts)| Row { name: name(source), counts }).collect();
    write_out(&report(&rows));
    verdict(rows.iter().filter(|row| row.counts.is_err()).count(), rows.len())
}

/// Scripts shall see that something is missing in the total.
fn verdict(failed: usize, all: usize) -> Result<(), Failure> {
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Other(format!(
            "{failed} of {all} files could not be analysed; their rows say why"
        ))),
    }
}
