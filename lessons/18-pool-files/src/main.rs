//! Many files, analysed by a pool. A run shows:
//!
//! * the parent finds the files before it forks: the workers inherit the list, and all that is
//!   sent to them is a number, the file's place in it;
//! * the rows come in the order of the files, not in that of the workers' answers: the output is
//!   the same with any number of workers;
//! * a file that cannot be read is a value in the results, and the others are still counted;
//! * on a terminal, a bar shows the progress. The parent draws it whenever results have come.

mod bar;
mod table;
mod work;

use std::process::ExitCode;

use filecount::digits::count_digits_in_file;
use filecount::{Characters, files};
use lesson_cli::{Args, Failure};

const USAGE: &str = "\
Counts the characters of many files, in a pool of worker processes.

Usage: lesson-pool-files [--workers N] [--digits] [--all] [FILE|FOLDER…]
Example: cargo run -p lesson-pool-files -- --digits book lessons

  FILE         a file to analyse, in UTF-8
  FOLDER       a folder, for all files in it and below (default: this folder)
  --workers N  number of workers, 1 to 64 (default: one per core)
  --digits     count how often each digit appears; the files need not be UTF-8
  --all        on a terminal, show the rows of all files, not only 20
  --help       show this text

Digits are 0 to 9; letters and spaces are those of any script, including line
ends. In folders, hidden files and folders, symbolic links, and caches (folders
with a CACHEDIR.TAG) are skipped.
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let workers = args.number_option("--workers", 1..=64)?.unwrap_or_else(work::cores);
    let digits = args.flag("--digits");
    let most = if args.flag("--all") { usize::MAX } else { 20 };
    let mut paths = args.rest();
    args.finish()?;
    if paths.is_empty() {
        paths.push(".".into());
    }

    let sources = files::find(paths);
    if digits {
        let counts = work::in_pool(&sources, workers, count_digits_in_file)?;
        table::digits(&sources, counts, most)
    } else {
        let counts = work::in_pool(&sources, workers, Characters::of_file)?;
        table::characters(&sources, &counts, most)
    }
}
