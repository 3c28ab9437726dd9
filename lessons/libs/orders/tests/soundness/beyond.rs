//! Generated programs that have too many orders for the full search: what random orders come to,
//! the reduced search has found as well.
//!
//! `ORDERS_LARGER=500 cargo test -p orders --test soundness beyond` tries more of them.

use std::time::Instant;

use libtest_mimic::{Failed, Trial};

use crate::little::{Little, larger};
use crate::same::{number, outcomes, run, search};

/// A program for which the reduced search makes more runs than this is left out.
const MOST_RUNS: usize = 2_000;

const RANDOM_RUNS: usize = 150;

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("beyond_the_full_search", beyond)]
}

fn beyond() -> Result<(), Failed> {
    let (first, count) = (number("ORDERS_SEED", 0), number("ORDERS_LARGER", 6));
    let start = Instant::now();
    let (mut compared, mut runs) = (0, 0);
    let mut wrong = Vec::new();
    for seed in first..first + count {
        let program = larger(seed);
        match missed(&program, seed) {
            Ok(None) => {}
            Ok(Some(made)) => {
                compared += 1;
                runs += made;
            }
            Err(failed) => {
                wrong.push(format!("{program}\n{}", failed.message().unwrap_or_default()));
            }
        }
        if (seed + 1 - first).is_multiple_of(100) || seed + 1 == first + count {
            println!(
                "{compared} of {} larger programs: {runs} runs, {RANDOM_RUNS} random ones each, \
                 {} disagree, {:.0} s",
                seed + 1 - first,
                wrong.len(),
                start.elapsed().as_secs_f64()
            );
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// How many runs the reduced search made; none if it was not exhausted.
fn missed(program: &Little, seed: u64) -> Result<Option<usize>, Failed> {
    let reduced = run(&search(program).most_runs(MOST_RUNS))?;
    if !reduced.exhausted || !reduced.caveats.is_empty() {
        return Ok(None);
    }
    let random = run(&search(program).most_runs(RANDOM_RUNS).random(seed))?;
    let (all, some) = (outcomes(&reduced), outcomes(&random));
    let missed: Vec<String> = some.difference(&all).map(|outcome| format!("{outcome:?}")).collect();
    if missed.is_empty() { Ok(Some(reduced.runs)) } else { Err(format!("{missed:#?}").into()) }
}
