//! A command and its children, live. A run shows for each process of the command's tree:
//!
//! * its state: running, sleeping, stopped, or a zombie that its parent has not waited for yet;
//! * the share of one core it has used since the sample before, and the memory it holds;
//! * its age and its command. A process that begins and ends between two samples is never seen.
//!
//! On a terminal the table stays at the bottom and is redrawn, while the command's own output
//! scrolls above it. Elsewhere each sample is printed below the one before.
//!
//! `run` starts the command and waits for it, and for other `events`; `sample`
//! asks the system, `table` puts the answer into words, `screen` shows it, `summary` ends it.

mod events;
mod run;
mod sample;
mod screen;
mod summary;
mod table;

use std::process::ExitCode;
use std::time::Duration;

use lesson_cli::{Args, Failure, say};

const USAGE: &str = "\
A command and its children, live: state, CPU time, memory, age.

Usage: lesson-monitoring [--every SECONDS] [--] [COMMAND...]
Example: cargo run -p lesson-monitoring -- --every 0.5 cargo test

  COMMAND          the program to run, and its arguments (default: a shell that
                   has two children and leaves one of them a zombie)
  --every SECONDS  time from one sample to the next, 0.1 to 3600 (default 1)
  --help           show this text

CPU is in percent of one core. The exit status is the command's; 128 + N if
signal N ended it, 127 if there is no such command, 126 if it cannot be run.
The command uses the terminal as usual, but programs that draw on the whole
screen, such as editors, collide with the table.
";

/// The shell becomes the second `sleep`, which does not know that it has a child and never waits.
const DEMONSTRATION: &str = "sleep 1 & exec sleep 3";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<ExitCode, Failure> {
    let seconds = args.number_option("--every", 0.1..=3600.0)?.unwrap_or(1.0);
    let mut command = args.rest();
    args.finish()?;
    if command.is_empty() {
        say!("No COMMAND was given; running this one: sh -c '{DEMONSTRATION}'");
        command = ["sh", "-c", DEMONSTRATION].map(Into::into).to_vec();
    }
    run::run(&command[0], &command[1..], Duration::from_secs_f64(seconds))
}
