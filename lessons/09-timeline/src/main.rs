//! Follows any program's processes, unmodified, and draws their lives. A run shows:
//!
//! * which process forked which, what each ran, and how it ended;
//! * when a process waits for a child, and for how long an ended child is a zombie;
//! * which process reaped which, and what happened to a process whose parent ended first.
//!
//! The module `recorder` explains how this is done. The library `timeline` makes a model of its
//! events, and drawings of the model.

mod output;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod recorder;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
#[path = "no_recorder.rs"]
mod recorder;

use std::ffi::OsString;
use std::process::ExitCode;

use lesson_cli::{Args, Failure, complain, printable, say};
use output::Output;

const USAGE: &str = "\
Runs a command, follows all its processes, and draws their lives.

Usage: lesson-timeline [OPTIONS] [--] [COMMAND...]
       lesson-timeline [OPTIONS] --from FILE
Example: cargo run -p lesson-timeline -- --words bash -c 'date; date'

  COMMAND       the program to run and follow (default: a shell with 2 children)
  --svg FILE    draw an SVG picture into FILE instead of on the terminal
  --json FILE   record into FILE, one event per line, and draw nothing
  --from FILE   draw what was recorded with --json
  --overwrite   replace FILE if it exists
  --words       also describe the run in words
  --width N     columns of the drawing, 40 to 400 (default: the terminal's, or
                80); an SVG has 9 pixels per column, so 40 suits a phone
  --ascii       draw with ASCII characters only
  --poll        poll /proc every millisecond instead of using ptrace: misses
                waits, signals, and processes that live for less than that
  --help        show this text

The exit status is the command's: 128 and the number of the signal if one ended
it, 127 if there is no such command, 126 if it cannot be run.
";

const DEMONSTRATION: &str = "sleep 0.3 & sleep 0.1; wait";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<ExitCode, Failure> {
    let output = Output::from(&mut args)?;
    let (from, poll) = (args.option("--from"), args.flag("--poll"));
    let mut command = args.rest();
    if let Some(file) = from {
        return output.draw_file(&file, &command);
    }
    if command.is_empty() {
        say!("No COMMAND was given; running this one: sh -c '{DEMONSTRATION}'\n");
        command = ["sh", "-c", DEMONSTRATION].map(Into::into).to_vec();
    }
    follow(command, poll, &output)
}

fn follow(command: Vec<OsString>, poll: bool, output: &Output) -> Result<ExitCode, Failure> {
    let name = printable(&command[0]);
    let recording = recorder::record(command, poll)?;
    match recording.not_run {
        Some(error) => {
            complain(&format!("lesson-timeline: cannot run '{name}': {error}\n"));
            output.discard();
        }
        None => output.draw(recording.events)?,
    }
    Ok(ExitCode::from(recording.exit_code))
}
