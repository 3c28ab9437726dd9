//! x
use std::ops::ControlFlow;
use std::process::ExitCode;

use lesson_cli::{Args, Failure, say};
use orders::Search;

const USAGE: &str = "\
Runs a command once for every order.

Usage: lesson-every-order [OPTIONS] [--] COMMAND...

  --all     no reduction
  --limit N  at most N runs
  --workers N  w
  --help   show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let all = args.flag("--all");
    let limit = args.number_option("--limit", 1..=10_000_000)?.unwrap_or(10_000);
    let workers = args.number_option("--workers", 1..=100)?.unwrap_or(2);
    let mut search = Search::command(args.rest(), orders::Place::Own)
        .map_err(|e| Failure::Other(e.to_string()))?;
    search = search.most_runs(limit).workers(workers);
    if all {
        search = search.without_reduction();
    }
    let report =
        search.run(|_, _| ControlFlow::Continue(())).map_err(|e| Failure::Other(e.to_string()))?;
    for (outcome, found) in &report.outcomes {
        say!("== in {} orders: {}\n{outcome}", found.orders, found.order);
        for s in &found.steps {
            say!("     {s}");
        }
    }
    say!(
        "{} outcomes, {} runs, {} redundant, exhausted {}, {:?} {:?} {:?}/run",
        report.outcomes.len(),
        report.runs,
        report.redundant,
        report.exhausted,
        report.caveats,
        report.time,
        report.time / report.runs as u32
    );
    Ok(())
}
