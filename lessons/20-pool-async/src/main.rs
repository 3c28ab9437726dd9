//! The parent need not stand still while the workers work. A run shows four ways to get results:
//!
//! * `imap`: one by one, in the order of the input, which may be endless: it is taken lazily;
//! * `imap_unordered`: one by one, in the order in which they come, so a slow one holds up none;
//! * `map_async`: a handle on all results; the parent works on and looks in now and then;
//! * `apply_async`: a handle on one result; the parent waits for it, but not for ever.
//!
//! Run it a few times. What each line says is true in every run, but their order may change.

mod ways;

use std::process::ExitCode;

use lesson_cli::{Args, Failure, printable, say};
use pool::Pool;
use ways::{Done, Job};

const USAGE: &str = "\
Four ways to get results from a pool: in order, as they come, later, in time.

Usage: lesson-pool-async [--workers N] [PART]
Example: cargo run -p lesson-pool-async -- imap_unordered

  PART         imap, imap_unordered, map_async or apply_async (default: all)
  --workers N  how many workers, 1 to 64 (default 3)
  --help       show this text
";

type Part = fn(&Pool<Job, Done>) -> Result<(), pool::Error>;

const PARTS: [(&str, Part); 4] = [
    ("imap", ways::in_order),
    ("imap_unordered", ways::as_they_come),
    ("map_async", ways::look_in),
    ("apply_async", ways::wait_with_a_limit),
];

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let workers = args.number_option("--workers", 1..=64)?.unwrap_or(3);
    let parts = match args.value() {
        Some(name) => vec![part(&name.to_string_lossy())?],
        None => PARTS.map(|(_, part)| part).to_vec(),
    };
    args.finish()?;

    let pool = Pool::builder().workers(workers).window(ways::WINDOW).build(ways::run);
    let pool = pool.map_err(|error| Failure::system("the pool", error))?;
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            say!("");
        }
        part(&pool).map_err(|error| Failure::system("the pool", error))?;
    }
    Ok(())
}

fn part(name: &str) -> Result<Part, Failure> {
    let found = PARTS.iter().find(|(part, _)| *part == name);
    found
        .map(|(_, part)| *part)
        .ok_or_else(|| Failure::Usage(format!("there is no part '{}'", printable(name))))
}
