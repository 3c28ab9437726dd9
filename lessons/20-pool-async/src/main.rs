//! The parent need not block while the workers work. A run shows four ways to get results:
//!
//! * `imap`: one by one, in the order of the input, which may be endless: it is taken lazily;
//! * `imap_unordered`: one by one, in the order in which they arrive: a slow one holds up no other;
//! * `map_async`: a handle on all results; the parent continues to work and checks now and then;
//! * `apply_async`: a handle on one result; the parent waits for it, but only for a limited time.
//!
//! Run it a few times. What each line says is true in every run, but the order may change.

mod ways;

use std::process::ExitCode;

use lesson_cli::{Args, Failure, printable, say};
use pool::Pool;
use ways::{Done, Item};

const USAGE: &str = "\
Four ways to get results from a pool: in order, as they arrive, later, in time.

Usage: lesson-pool-async [--workers N] [PART]
Example: cargo run -p lesson-pool-async -- imap_unordered

  PART         imap, imap_unordered, map_async or apply_async (default: all)
  --workers N  number of workers, 1 to 64 (default 3)
  --help       show this text
";

type Part = fn(&Pool<Item, Done>) -> Result<(), pool::Error>;

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
        .ok_or_else(|| Failure::Usage(format!("unknown part '{}'", printable(name))))
}
