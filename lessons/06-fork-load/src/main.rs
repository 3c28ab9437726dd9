//! The same work, divided among more and more children. For each number of children, a run shows:
//!
//! * the wall time, which is how long you wait;
//! * the user and system time, which is what all children together cost the processors;
//! * the speed-up over one child, and that the same work was done each time.
//!
//! Run it with `--table` and look where the speed-up stops: at the number of cores.

mod children;
mod measure;
mod plot;
mod report;
mod work;

use std::process::ExitCode;

use lesson_cli::{Args, Failure, printable, say};
use measure::{Run, cores};

const USAGE: &str = "\
The same work, divided among more and more children: the gain and the cost.

Usage: lesson-fork-load [--size N] [--table] [--plot FILE] [CHILDREN]
Example: cargo run -p lesson-fork-load -- --table

  CHILDREN     compare one child with this many, 1 to 64 (default: one per core)
  --size N     the work: numbers 1 to N, at most 1000000000 (default 5000000)
  --table      compare 1, 2, 4 and 8 children
  --plot FILE  also draw that table into FILE, an SVG picture
  --overwrite  replace FILE if it exists
  --help       show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let table = args.flag("--table");
    let picture = args.option("--plot").map(plot::svg_file).transpose()?;
    let overwrite = args.flag("--overwrite");
    let size = args.number_option("--size", 1..=1_000_000_000)?.unwrap_or(5_000_000);
    let children: Option<usize> = args.number("CHILDREN", 1..=64)?;
    args.finish()?;
    let counts = match children {
        Some(_) if table || picture.is_some() => {
            return Err(Failure::Usage("a table has fixed numbers of children".to_owned()));
        }
        None if table || picture.is_some() => vec![1, 2, 4, 8],
        many => vec![1, many.unwrap_or(cores().min(64))],
    };

    report::head(size);
    let mut runs: Vec<Run> = Vec::new();
    for children in counts {
        let run = measure::run(children, || children::count_steps(size, children))?;
        runs.push(run);
        report::row(&run, &runs[0]);
    }
    report::verdict(&runs)?;

    if let Some(file) = picture {
        plot::draw(&file, &runs, overwrite)?;
        say!("The picture is in {}.", printable(&file));
    }
    Ok(())
}
