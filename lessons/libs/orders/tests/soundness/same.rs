//! Generated programs: the reduced search and the full one agree.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use orders::{Outcome, Report, Search};

use crate::little::{Little, generate};

/// A generated program with more orders than this is not compared.
const MOST_RUNS: usize = 500;

pub(crate) fn search(program: &Little) -> Search<'_> {
    Search::function(|| program.run()).in_own_folder().most_time(Duration::from_secs(600))
}

pub(crate) fn run(search: &Search) -> Result<Report, Failed> {
    search.run(|_, _| ControlFlow::Continue(())).map_err(|error| format!("{error}").into())
}

pub(crate) fn outcomes(report: &Report) -> BTreeSet<Outcome> {
    report.outcomes.keys().cloned().collect()
}

/// How many runs each search made; none if the full one would make more than `most`.
pub(crate) fn compare(program: &Little, most: usize) -> Result<Option<(usize, usize)>, Failed> {
    let full = run(&search(program).most_runs(most).without_reduction())?;
    if !full.exhausted {
        return Ok(None);
    }
    let reduced = run(&search(program).most_runs(most))?;
    let (all, found) = (outcomes(&full), outcomes(&reduced));
    if all != found {
        let missed: Vec<String> = all.difference(&found).map(|o| format!("{o:?}")).collect();
        let new: Vec<String> = found.difference(&all).map(|o| format!("{o:?}")).collect();
        return Err(format!("{program}\nmissed: {missed:#?}\nnew: {new:#?}").into());
    }
    Ok(Some((full.runs, reduced.runs)))
}

pub(crate) fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(usual)
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("generated_programs", generated_programs)]
}

fn generated_programs() -> Result<(), Failed> {
    let count = number("ORDERS_PROGRAMS", 20);
    for_each_seed(count, "runs in full and reduced", |seed| compare(&generate(seed), MOST_RUNS))
}

/// Does `check` for `count` seeds, and prints now and then how far it has come. What `check` returns is
/// two numbers of runs, which are added up as `what`; or none if a program was left out.
pub(crate) fn for_each_seed(
    count: u64,
    what: &str,
    check: impl Fn(u64) -> Result<Option<(usize, usize)>, Failed>,
) -> Result<(), Failed> {
    let (first, start) = (number("ORDERS_SEED", 0), Instant::now());
    let (mut compared, mut runs) = (0, (0, 0));
    let mut wrong = Vec::new();
    for seed in first..first + count {
        match check(seed) {
            Ok(None) => {}
            Ok(Some((one, other))) => {
                compared += 1;
                runs = (runs.0 + one, runs.1 + other);
            }
            Err(failed) => {
                wrong.push(format!("program {seed}: {}", failed.message().unwrap_or_default()));
            }
        }
        let done = seed + 1 - first;
        if done.is_multiple_of(100) || done == count {
            let ((one, other), seconds) = (runs, start.elapsed().as_secs_f64());
            let wrong = wrong.len();
            println!(
                "{compared} of {done} programs, {one} + {other} {what}, {wrong} disagree, {seconds:.0} s"
            );
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
