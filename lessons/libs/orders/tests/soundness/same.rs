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
    let (first, count) = (number("ORDERS_SEED", 0), number("ORDERS_PROGRAMS", 20));
    let start = Instant::now();
    let (mut compared, mut full, mut reduced) = (0, 0, 0);
    let mut wrong = Vec::new();
    for seed in first..first + count {
        let program = generate(seed);
        match compare(&program, MOST_RUNS) {
            Ok(None) => {}
            Ok(Some(runs)) => {
                compared += 1;
                full += runs.0;
                reduced += runs.1;
            }
            Err(failed) => wrong.push(format!(
                "program {seed}: {program}\n{}",
                failed.message().unwrap_or_default()
            )),
        }
        if (seed + 1 - first).is_multiple_of(100) || seed + 1 == first + count {
            println!(
                "{compared} of {} programs compared: {full} runs in full, {reduced} reduced, \
                 {} disagree, {:.0} s",
                seed + 1 - first,
                wrong.len(),
                start.elapsed().as_secs_f64()
            );
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
