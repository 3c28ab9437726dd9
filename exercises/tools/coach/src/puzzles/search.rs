//! What can happen when a program runs: all of it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;

use orders::{End, Error, Outcome, Report, Search};

use super::program::Program;

/// A program with more orders than this makes no question that a reader can think through. Those
/// that make one have 87 at most, and the next larger ones 156.
const MOST_RUNS: usize = 100;

/// The same for processes, and for lines that are written: most programs with more have too many
/// orders, and to find that out takes longer than to count these.
const MOST_PROCESSES: usize = 5;
const MOST_WRITES: usize = 6;

/// A program with at most so many processes has few orders: no search of it takes long.
const FEW_PROCESSES: usize = 3;

/// What was found before. A topic has so few programs that the same ones come again and again, and
/// a search can take half a second, during which the reader waits.
#[derive(Debug, Default)]
pub(crate) struct Searches(BTreeMap<(Program, bool), Option<Rc<Report>>>);

impl Searches {
    /// As [`all`], and at once if it was asked before.
    ///
    /// # Errors
    ///
    /// As for [`all`].
    pub(crate) fn all(
        &mut self,
        program: &Program,
        look: bool,
    ) -> Result<Option<Rc<Report>>, Error> {
        if !is_small(program) {
            return Ok(None);
        }
        let key = (program.clone(), look);
        if let Some(known) = self.0.get(&key) {
            return Ok(known.clone());
        }
        let found = all(program, look)?.map(Rc::new);
        self.0.insert(key, found.clone());
        Ok(found)
    }

    /// How many searches found too many orders: the long ones.
    pub(crate) fn refused(&self) -> usize {
        self.0.values().filter(|found| found.is_none()).count()
    }

    /// Whether an answer comes soon.
    pub(crate) fn is_quick(&self, program: &Program, look: bool) -> bool {
        program.size().0 <= FEW_PROCESSES || self.0.contains_key(&(program.clone(), look))
    }
}

fn is_small(program: &Program) -> bool {
    let (processes, writes) = program.size();
    processes <= MOST_PROCESSES && writes <= MOST_WRITES
}

/// All outcomes of a program, or `None` if it has too many orders or fails in one of them.
///
/// # Errors
///
/// If this system cannot hold processes at their system calls.
pub(crate) fn all(program: &Program, look: bool) -> Result<Option<Report>, Error> {
    if !is_small(program) {
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
