//! What the lesson prints.

use std::process;

use lesson_cli::{Failure, printable, say};

use crate::check::Verdict;
use crate::team::Written;
use crate::ways::Way;
use crate::work;

pub(crate) fn head(way: &Way) {
    say!("\n{}", way.head);
}

/// The lesson fails if a right way does not keep the log whole.
pub(crate) fn verdict(way: &Way, verdict: &Verdict) -> Result<(), Failure> {
    let Verdict { written, found, torn, sample } = verdict;
    say!("    {}: {written} lines written, {found} found, {torn} torn", way.file);
    if let Some(sample) = sample {
        say!("    torn: {}", shortened(&printable(sample)));
    }
    match (way.head.starts_with("HAZARD"), verdict.is_whole()) {
        (true, true) => {
            say!("    Nothing went wrong this time. In another run it will:");
        }
        (true, false) => say!("    {} lines are lost, or in pieces:", written - found),
        (false, true) => say!("    The log is whole:"),
        (false, false) => {
            let file = way.file;
            return Err(Failure::Other(format!("{file} is not whole, which must not happen")));
        }
    }
    for line in way.why {
        say!("    {line}");
    }
    Ok(())
}

/// What fits on a screen.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(66) {
        Some((end, _)) => text[..end].to_owned() + "…",
        None => text.to_owned(),
    }
}

/// Every process has its own counter, and no process has the sum.
pub(crate) fn counters(written: &Written) {
    say!("\nCOUNTER: one static variable; each process adds 1 to it for every line");
    for (pid, lines) in written {
        say!("    worker {pid}: {lines}");
    }
    say!("    parent {}: {}", process::id(), work::lines());
    let all: u32 = written.values().sum();
    say!("    Each process has its own copy. In shared memory, the parent's would be {all}.");
}
