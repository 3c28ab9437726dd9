//! One log from many processes. A run writes the same log in five ways. Each is then read back and
//! compared with what the workers report to have written. It shows:
//!
//! * HAZARD: lines that get lost, when each process writes where it thinks the file ends;
//! * HAZARD: lines that get torn, when one is written in several pieces;
//! * RIGHT: each process appends whole lines; or the parent collects them over a pipe and writes
//!   alone; or each process has a file, and the files are merged;
//! * a counter, of which every process has its own: memory is not shared.

mod check;
mod folder;
mod line;
mod logger;
mod report;
mod team;
mod ways;
mod work;

use std::process::{self, ExitCode};

use folder::Folder;
use lesson_cli::{Args, Failure, say};
use team::{Team, Written};

const USAGE: &str = "\
One log from many processes: two ways to damage it, and three to keep it whole.

Usage: lesson-logging [--workers N] [--dir FOLDER [--overwrite]] [ITEMS]
Example: cargo run -p lesson-logging -- --workers 2 --dir target/logs 50

  ITEMS         number of items, with 20 lines in the log for each,
                0 to 10000 (default 110)
  --workers N   number of workers, 1 to 64 (default 5)
  --dir FOLDER  write the logs there, and keep them (default: they are removed)
  --overwrite   replace logs that exist
  --help        show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let workers = args.number_option("--workers", 1..=64)?.unwrap_or(5);
    let (folder, overwrite) = (args.option("--dir"), args.flag("--overwrite"));
    let items = args.number("ITEMS", 0..=10_000)?.unwrap_or(110);
    args.finish()?;

    let folder = match folder {
        Some(folder) => Folder::kept(folder, workers, overwrite)?,
        None => Folder::temporary(workers)?,
    };
    // The workers inherit the logger, which does not know yet where to write.
    logger::install();
    say!("parent {}: workers {workers}, items {items}", process::id());
    say!("A line of the log: time, level, PID, file:line, function, message. Such as:");
    say!("{}", work::sample());

    let team = Team { workers, items };
    let mut written = Written::new();
    for way in &ways::ALL {
        report::head(way);
        let log = folder.new_file(way.file)?;
        written = (way.run)(&team, &log)?;
        report::verdict(way, &check::read_back(&log, &written)?)?;
    }
    report::counters(&written);
    folder.say_where();
    Ok(())
}
