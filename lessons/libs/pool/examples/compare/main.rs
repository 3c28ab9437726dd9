//! This pool beside Python's two, rayon's threads, a plain loop, and the bare system:
//!
//! ```console
//! $ cargo run --release -p pool --example compare [-- --json]
//! ```
//!
//! Compare ratios of one run. Absolute figures differ between machines, and between two runs on
//! one machine by a third or more.

mod extras;
mod floors;
mod goal;
mod ours;
mod peers;
mod table;
mod work;

use std::process::{Command, ExitCode};

use lesson_cli::{Args, Failure};
use pool::Error;
use table::{Table, Unit};
use work::middle;

/// How often the long measurement is made.
const PRIME_ROUNDS: usize = 3;

const USAGE: &str = "\
Measures this pool beside its peers. Takes about a minute.

Usage: compare [--json]

  --json       print one JSON object instead of a table: of each row the figures and its `goals`,
               with `ratio`, our figure divided by the best of those it is held against
  --rayon WHAT measure rayon at p1a, p1b or p3, and nothing else
  --help       show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, compare)
}

fn compare(mut args: Args) -> Result<(), Failure> {
    let json = args.flag("--json");
    let rayon = args.option("--rayon");
    args.finish()?;
    if let Some(what) = rayon {
        lesson_cli::say!("{}", peers::rayon(&what.to_string_lossy()));
        return Ok(());
    }
    let table = measure().map_err(|error| Failure::Other(error.to_string()))?;
    lesson_cli::write_out(&if json { table.json() } else { table.text() });
    Ok(())
}

/// Everything, with those side by side that are compared.
fn measure() -> Result<Table, Error> {
    let mut table = Table::default();
    // First, while no freed memory is left from an earlier measurement.
    table.row("imap", "growth of the parent over 10,000,000 items", Unit::Growth);
    table.put("ours", extras::imap_growth()?);
    table.row("memory", "growth of the parent in a map of 1,000,000 numbers, an item", Unit::Bytes);
    table.put("ours", extras::bytes_an_item(false)?);
    table.put("ours, map_async", extras::bytes_an_item(true)?);
    // Early, because a fork costs more the more memory this process has.
    table.row("p2", "start 2 workers, 2 items, end", Unit::Seconds);
    table.put("ours", ours::start_and_stop()?);
    table.put("floor", floors::start_and_stop()?);
    table.python("p2");
    table.goal("ours", &["floor"], 2.0);
    squares(&mut table)?;
    primes(&mut table)?;
    large(&mut table)?;
    table.row("slow item", "one of 1 s among 1,000 of 1 ms, 2 workers", Unit::Seconds);
    table.put("ours", extras::slow_item()?);
    Ok(table)
}

fn squares(table: &mut Table) -> Result<(), Error> {
    table.row("p1a", "map of x*x over 1,000,000 numbers, default settings", Unit::Items);
    table.put("ours", ours::squares(2)?);
    table.python("p1a");
    table.put("loop", peers::squares_in_a_loop());
    table.put("rayon", rayon("p1a"));
    table.put("ours, 16 workers", ours::squares(16)?);
    table.goal("ours", &["mp"], 15.0);
    table.goal("ours", &["mp"], 40.0);

    table.row("p1b", "the same over 100,000, each on its own", Unit::Items);
    table.put("ours", ours::squares_one_by_one(2)?);
    table.python("p1b");
    table.put("rayon", rayon("p1b"));
    table.put("ours, 16 workers", ours::squares_one_by_one(16)?);
    table.goal("ours", &["mp"], 180.0);
    Ok(())
}

fn large(table: &mut Table) -> Result<(), Error> {
    let (bytes, vectors) = ours::large()?;
    table.row("p4", "64 items of 4 MiB there and back", Unit::Megabytes);
    table.put("ours", bytes);
    table.put("ours, Vec<u8>", vectors);
    table.put("floor", floors::large());
    table.python("p4");
    table.goal("ours", &["mp", "ppe"], 4.0);
    // As fast, that is: no further away than two runs of the same are.
    table.goal("ours, Vec<u8>", &["ours"], 0.9);
    Ok(())
}

/// In turns, so that whatever else the machine does affects all alike.
fn primes(table: &mut Table) -> Result<(), Error> {
    let (mut plain, mut ours, mut threads) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PRIME_ROUNDS {
        plain.push(peers::primes_in_a_loop());
        ours.push(ours::primes()?);
        threads.push(rayon("p3"));
    }
    let plain = middle(plain);
    table.row("p3", "primes in 64 tasks, on two cores", Unit::SpeedUp);
    table.put("ours", plain / middle(ours));
    table.put("rayon", plain / middle(threads));
    table.goal("ours", &["rayon"], 0.98);
    Ok(())
}

/// rayon's figure, from another process: this one must stay without threads.
fn rayon(what: &str) -> f64 {
    let measured = || {
        let me = std::env::current_exe().ok()?;
        let output = Command::new(me).args(["--rayon", what]).output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    measured().unwrap_or(f64::NAN)
}
