//! `cargo coach` leads through the exercises: it checks each at every save, gives hints, and
//! remembers what has been solved.
//!
//! It does not link the learner's code, so it builds and runs while that code does not compile.
//! Cargo and the built checks run in [process groups](process_group) of their own, which can be
//! stopped at any moment, and of which no process is left then.
//!
//! [`watch`] has the loop that the reader sees. It changes the state, and [`screen`] draws it:
//!
//! ```text
//! events ─► watch ─► course    exercises, answers, progress
//!             │  ├─► running ─► check   cargo, then the checks
//!             │  └─► screen ─► report ─► text
//!             └────► terminal
//!
//! commands ─► practise ─► puzzles   programs, and all that they can do
//! ```

mod arguments;
mod browser;
mod catalogue;
mod check;
mod commands;
mod compiler;
mod course;
mod doctor;
mod events;
mod files;
mod markdown;
mod observation;
mod output;
mod own_main;
mod page;
mod practise;
mod process_group;
mod progress;
mod puzzles;
mod question;
mod report;
mod running;
#[path = "../../../same_lines.rs"]
mod same_lines;
mod score;
mod screen;
mod status;
mod suggestion;
mod terminal;
mod text;
mod watch;
mod workspace;

use std::process::ExitCode;

use arguments::{Command, USAGE, UsageError};
use catalogue::UnknownExercise;
use lesson_cli::complain;
use nix::sys::signal::{SigHandler, SigSet, Signal, signal};

/// The exit status if the command line cannot be understood.
const USAGE_STATUS: u8 = 2;

fn main() -> ExitCode {
    let command = match Command::read(std::env::args_os().skip(1)) {
        Ok(command) => command,
        Err(why) => {
            complain(&format!("cargo coach: {why}\n\n{USAGE}"));
            return ExitCode::from(USAGE_STATUS);
        }
    };
    heed_children();
    // Orphans of a stopped check become children of this process, which waits for them. Only a
    // kernel before 3.4 refuses.
    let _ = procinfo::become_subreaper();
    match commands::run(command) {
        Ok(status) => status,
        Err(why) => {
            complain(&format!("cargo coach: {why:#}\n"));
            let is_usage = why.is::<UsageError>() || why.is::<UnknownExercise>();
            if is_usage { ExitCode::from(USAGE_STATUS) } else { ExitCode::FAILURE }
        }
    }
}

/// Whatever started this program may have ignored SIGCHLD, and then no wait reports how a child
/// ended; or blocked signals, which would reach neither this program nor those that it starts.
fn heed_children() {
    // SAFETY: the default action is no code of this program.
    let _ = unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl) };
    let _ = SigSet::empty().thread_set_mask();
}
