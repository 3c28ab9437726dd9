//! Generated programs that have too many orders for the full search: what random orders come to,
//! the reduced search has found as well.
//!
//! `ORDERS_LARGER=500 cargo test -p orders --test soundness beyond` tries more of them.

use libtest_mimic::{Failed, Trial};

use crate::little::{Little, larger};
use crate::same::{for_each_seed, number, outcomes, run, search};

/// A program for which the reduced search makes more runs than this is left out.
const MOST_RUNS: usize = 2_000;

const RANDOM_RUNS: usize = 150;

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("beyond_the_full_search", beyond)]
}

fn beyond() -> Result<(), Failed> {
    let count = number("ORDERS_LARGER", 6);
    for_each_seed(count, "reduced and random runs", |seed| compare_with_random(&larger(seed), seed))
}

/// How many runs each search made; none if the reduced one was not exhausted.
fn compare_with_random(program: &Little, seed: u64) -> Result<Option<(usize, usize)>, Failed> {
    let reduced = run(&search(program).most_runs(MOST_RUNS))?;
    if !reduced.exhausted || !reduced.caveats.is_empty() {
        return Ok(None);
    }
    let random = run(&search(program).most_runs(RANDOM_RUNS).random(seed))?;
    let (all, some) = (outcomes(&reduced), outcomes(&random));
    let missed: Vec<String> = some.difference(&all).map(|outcome| format!("{outcome:?}")).collect();
    if missed.is_empty() {
        Ok(Some((reduced.runs, random.runs)))
    } else {
        Err(format!("{program}\nmissed: {missed:#?}").into())
    }
}
