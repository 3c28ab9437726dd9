//! This pool beside Python's two, rayon's threads, a plain loop, and the bare system:
//!
//! ```console
//! $ cargo run --release -p lesson-pool --example compare [-- --json]
//! ```
//!
//! Compare ratios of one run. Absolute figures differ between machines, and between two runs on
//! one machine by a third or more.

mod extras;
mod floors;
mod ours;
mod peers;
mod table;
mod work;

use std::process::{Command, ExitCode};

use pool::Error;
use support::{Args, Failure};
use table::Table;

const USAGE: &str = "\
Measures this pool beside its peers. Takes about a minute.

Usage: compare [--json]

  --json       print one JSON object instead of a table
  --rayon WHAT measure rayon at p1a, p1b or p3, and nothing else
  --help       show this text
";

fn main() -> ExitCode {
    support::run(USAGE, compare)
}

fn compare(mut args: Args) -> Result<(), Failure> {
    let json = args.flag("--json");
    let rayon = args.option("--rayon");
    args.finish()?;
    if let Some(what) = rayon {
        support::say!("{}", peers::rayon(&what.to_string_lossy()));
        return Ok(());
    }
    let table = measure().map_err(|error| Failure::Other(error.to_string()))?;
    support::write_out(&if json { table.json() } else { table.text() });
    Ok(())
}

/// Everything, with those side by side that are compared.
fn measure() -> Result<Table, Error> {
    let mut table = Table::default();
    // First, because a peak only shows while nothing before it was higher.
    table.row("imap", "growth of the parent over 10,000,000 items", "MB");
    table.put("ours", extras::imap_growth()?);

    // Early, because a fork costs more the more memory this process has.
    table.row("p2", "start 2 workers, 2 items, end", "s");
    table.put("floor", floors::start_and_stop()?);
    table.put("ours", ours::start_and_stop()?);
    table.python("p2");

    table.row("p1a", "map of x*x over 1,000,000 numbers, defaults", "items/s");
    table.put("ours", ours::squares(2)?);
    table.python("p1a");
    table.put("loop", peers::squares_in_a_loop());
    table.rayon("p1a");

    table.row("p1b", "the same over 100,000, each on its own", "items/s");
    table.put("ours", ours::squares_one_by_one(2)?);
    table.python("p1b");
    table.rayon("p1b");
    table.put("ours with 16 workers", ours::squares_one_by_one(16)?);

    table.row("p3", "primes in 64 tasks", "s");
    table.put("loop", peers::primes_in_a_loop());
    table.put("ours", ours::primes()?);
    table.rayon("p3");

    table.row("p4", "64 items of 4 MiB there and back", "MB/s");
    table.put("ours", ours::large()?);
    table.put("floor", floors::large());
    table.python("p4");

    table.row("16 workers", "p1a with 16 workers on these cores", "items/s");
    table.put("ours", ours::squares(16)?);
    table.put("ours with 2", ours::squares(2)?);

    table.row("slow item", "one of 1 s among 1,000 of 1 ms, 2 workers", "s");
    table.put("ours", extras::slow_item()?);
    Ok(table)
}

/// rayon's figure, from another process: this one must stay without threads.
fn rayon(what: &str) -> Option<f64> {
    let me = std::env::current_exe().ok()?;
    let output = Command::new(me).args(["--rayon", what]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
