//! Why call waitpid? A run shows, part by part:
//!
//! * `status`: waiting gives the parent one number, and here is how to read it;
//! * `waiting`: for one child, for any, without blocking, with a time limit;
//! * `zombie`: a child that has ended stays in the process table until its parent has waited;
//! * `orphan`: a child whose parent has ended lives on, and gets another parent.
//!
//! A zombie is dead and *has* a parent; an orphan is alive and has lost it. Each part is a short
//! program in a file of its own.

mod gated;
mod orphan;
mod process;
mod status;
mod waiting;
mod zombie;

use std::process::ExitCode;

use lesson_cli::{Args, Failure, printable, say};

const USAGE: &str = "\
What a wait tells the parent, and what happens to a child it does not wait for.

Usage: lesson-waitpid [PART]
Example: cargo run -p lesson-waitpid -- zombie

  PART     status, waiting, zombie or orphan (default: all four)
  --help   show this text
";

/// Its name, its heading, and the program itself.
type Part = (&'static str, &'static str, fn() -> Result<(), Failure>);

const PARTS: [Part; 4] = [
    ("status", "The status word", status::show),
    ("waiting", "Four ways to wait", waiting::show),
    ("zombie", "A zombie: an ended child that was not waited for", zombie::show),
    ("orphan", "An orphan: a live process whose parent has ended", orphan::show),
];

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let wanted = args.value();
    args.finish()?;
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);

    if let Some(unknown) = &wanted
        && !PARTS.iter().any(|(name, ..)| is_wanted(name))
    {
        let unknown = printable(unknown);
        return Err(Failure::Usage(format!(
            "unknown part '{unknown}': choose status, waiting, zombie or orphan"
        )));
    }
    let mut gap = "";
    for (_, heading, show) in PARTS.iter().filter(|(name, ..)| is_wanted(name)) {
        say!("{gap}{heading}\n{}", "-".repeat(heading.len()));
        show()?;
        gap = "\n";
    }
    Ok(())
}
