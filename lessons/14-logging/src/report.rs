//! What the reader is told.

use std::process;

use support::say;

use crate::check::Verdict;
use crate::team::Written;
use crate::ways::Way;
use crate::work;

pub(crate) fn head(way: &Way) {
    say!("\n{}", way.head);
}

pub(crate) fn verdict(way: &Way, verdict: &Verdict) {
    let Verdict { written, found, torn, sample } = verdict;
    let lost = written - found;
    say!("    {}: {written} lines written, {found} found, {torn} torn", way.file);
    if let Some(sample) = sample {
        say!("    torn: {}", shortened(sample));
    }
    let hazard = way.head.starts_with("HAZARD");
    match (hazard, verdict.is_whole()) {
        (true, true) => say!("    Nothing went wrong this time. It can all the same:"),
        (true, false) => say!("    Of {written} lines, {lost} are not there any more, whole."),
        (false, true) => say!("    The log is whole."),
        (false, false) => say!("    BROKEN: this is not as it should be."),
    }
    say!("    {}", way.why);
}

/// What fits on a screen.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(78) {
        Some((end, _)) => text[..end].to_owned() + "…",
        None => text.to_owned(),
    }
}

/// Every process has a counter, and they do not add up to anything by themselves.
pub(crate) fn counters(written: &Written) {
    say!("\nCOUNTER: one static variable, which every process adds 1 to for each line");
    for (pid, lines) in written {
        say!("    worker {pid}: {lines}");
    }
    say!("    parent {}: {}", process::id(), work::lines());
    say!(
        "    Each process has its own copy. The parent's would have all {} lines in it, if",
        written.values().sum::<u32>()
    );
    say!("    memory were shared.");
}
