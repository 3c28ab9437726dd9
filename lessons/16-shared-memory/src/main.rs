//! Memory that processes share on purpose. A run shows, part by part:
//!
//! * `counter`: a `static` atomic counts to 1 in each of four children, because each has its own;
//!   the same atomic in a shared mapping counts to 4;
//! * `lost`: additions by load and store get lost, and additions by `fetch_add` do not;
//! * `lock`: a lock in shared memory stays locked when its owner is killed; a file lock does not.

mod children;
mod lock;
mod lost;
mod shared;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

use children::in_children;
use lesson_cli::{Args, Failure, printable, say};
use nix::unistd::getpid;
use shared::Shared;

const USAGE: &str = "\
Memory that processes share on purpose.

Usage: lesson-shared-memory [PART]
Example: cargo run -p lesson-shared-memory -- counter

  PART     counter, lost or lock (default: all three)
  --help   show this text
";

type Part = (&'static str, fn() -> Result<(), Failure>);

const PARTS: [Part; 3] = [("counter", counter), ("lost", lost::show), ("lock", lock::show)];

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let wanted = args.value();
    args.finish()?;
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
    if let Some(unknown) = &wanted
        && !PARTS.iter().any(|(name, _)| is_wanted(name))
    {
        return Err(Failure::Usage(format!("unknown part '{}'", printable(unknown))));
    }
    for (_, show) in PARTS.iter().filter(|(name, _)| is_wanted(name)) {
        show()?;
    }
    Ok(())
}

static OWN: AtomicU32 = AtomicU32::new(0);

/// Four children add 1 to an atomic in their own memory, and 1 to an atomic in shared memory.
fn counter() -> Result<(), Failure> {
    let shared = Shared::new()?;
    say!("COUNTER: four children add 1 to a static and 1 to a shared counter");
    in_children(4, |number| {
        let own = OWN.fetch_add(1, Ordering::Relaxed) + 1;
        shared.fetch_add(1, Ordering::Relaxed);
        say!("child {number} {}: the static is {own}", getpid());
    })?;
    let own = OWN.load(Ordering::Relaxed);
    say!("parent  {}: static {own}, shared {}", getpid(), shared.load(Ordering::Relaxed));
    Ok(())
}
