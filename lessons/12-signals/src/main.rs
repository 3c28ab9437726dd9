//! Ctrl-C, with no item left half done. A run shows:
//!
//! * the parent blocks its signals and takes them one by one, as events in a loop;
//! * workers ignore SIGINT, which the terminal sends to all: the parent decides when they stop;
//! * at the first signal each worker finishes its item, begins no other, and ends;
//! * at a second signal they end at once; and the parent ends by the signal, as its caller expects.
//!
//! Press Ctrl-C while it runs, once or twice. With `--interrupt` it sends itself the signal.

mod family;
mod worker;

use std::process::ExitCode;

use lesson_cli::{Args, Failure, say};
use nix::sys::signal::Signal::{SIGCHLD, SIGINT, SIGKILL, SIGTERM};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{Pid, getpid};

const USAGE: &str = "\
Ctrl-C for a family of processes: each finishes its item and then ends.

Usage: lesson-signals [--interrupt] [ITEMS]
Example: cargo run -p lesson-signals -- 30

  ITEMS        items for each of the two workers, 1 to 1000 (default 3)
  --interrupt  send SIGINT when both workers are at their second item
  --help       show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let interrupt = args.flag("--interrupt");
    let items = args.number("ITEMS", 1..=1000)?.unwrap_or(3);
    args.finish()?;

    // From here on these stay pending until `take_events` asks for them.
    let events: SigSet = [SIGINT, SIGTERM, SIGCHLD].into_iter().collect();
    events.thread_block().map_err(|errno| Failure::system("blocking signals", errno))?;
    let (mut workers, forked) = family::fork_workers(items, interrupt);
    if forked.is_err() {
        family::send(&workers, SIGTERM);
    }
    let stopped_by = take_events(&events, &mut workers)?;
    forked?;
    family::end(stopped_by, &events)
}

/// Every event and what it does. Returns when no worker is left, with the first signal to stop.
fn take_events(events: &SigSet, workers: &mut Vec<Pid>) -> Result<Option<Signal>, Failure> {
    let mut stopped_by = None;
    while !workers.is_empty() {
        match events.wait().map_err(|errno| Failure::system("sigwait", errno))? {
            SIGCHLD => workers.retain(|worker| family::is_running(*worker)),
            signal if stopped_by.is_none() => {
                say!("parent {}: {signal}, so each worker finishes its item", getpid());
                stopped_by = Some(signal);
                family::send(workers, SIGTERM);
            }
            signal => {
                say!("parent {}: {signal} again, so the workers end at once", getpid());
                family::send(workers, SIGKILL);
            }
        }
    }
    Ok(stopped_by)
}
