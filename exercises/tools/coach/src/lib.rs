//! The coach leads through the exercises: it checks each on every save, gives hints, and
//! remembers what has been solved.
//!
//! It knows nothing of the learner's code but its files' names, so it builds and runs while that
//! code does not compile. Cargo and the built checks run as groups of processes of their own
//! ([`group`]), which can be stopped at any moment, and of which nothing is left then.

pub mod arguments;
pub mod catalogue;
pub mod check;
pub mod coach;
pub mod commands;
mod compiler;
pub mod doctor;
mod events;
mod files;
pub mod group;
mod keys;
pub mod markdown;
pub mod page;
mod platform;
pub mod progress;
mod running;
pub mod standing;
pub mod terminal;
pub mod text;
mod view;
pub mod watch;
pub mod workspace;

use std::process::ExitCode;

use arguments::{Command, Nonsense, USAGE};

/// The whole program.
pub fn main() -> ExitCode {
    let command = match Command::read(std::env::args_os().skip(1)) {
        Ok(Command::Help) => {
            commands::say(USAGE);
            return ExitCode::SUCCESS;
        }
        Ok(command) => command,
        Err(why) => {
            eprintln!("cargo coach: {why}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    platform::adopt_orphans();
    match commands::run(command) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("cargo coach: {why:#}");
            if why.is::<Nonsense>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}
