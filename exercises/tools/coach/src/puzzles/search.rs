//! What can happen when a program runs: all of it.

use std::ops::ControlFlow;

use orders::{End, Error, Outcome, Report, Search};

use super::program::Program;

/// A program with more orders than this makes no question that a reader can think through.
const MOST_RUNS: usize = 150;

/// The same for processes, and for lines that are written: most programs with more have too many
/// orders, and to find that out takes longer than to count these.
const MOST_PROCESSES: usize = 5;
const MOST_WRITES: usize = 6;

/// All outcomes of a program, or `None` if it has too many orders or fails in one of them.
///
/// # Errors
///
/// If this system cannot hold processes at their system calls.
pub(crate) fn all(program: &Program, look: bool) -> Result<Option<Report>, Error> {
    let (processes, writes) = program.size();
    if processes > MOST_PROCESSES || writes > MOST_WRITES {
        return Ok(None);
    }
    // One worker: with several, which order is found first would differ from run to run.
    let search = Search::function(|| program.run(look)).workers(1).most_runs(MOST_RUNS);
    let report = search.run(|_, _| ControlFlow::Continue(()))?;
    let is_well = |outcome: &Outcome| {
        outcome.is_deadlock() || !outcome.cut_off && outcome.end == Some(End::Exited(0))
    };
    Ok((report.is_proof() && report.outcomes.keys().all(is_well)).then_some(report))
}
