//! What every lesson needs and none teaches: arguments, usage, error messages, output into a
//! closed pipe, colour, names that are safe to print. Nothing here is about processes, so that a
//! lesson's `main.rs` keeps to its subject:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use lesson_cli::{Args, Failure, say};
//!
//! const USAGE: &str = "\
//! Counts to N.
//!
//! Usage: count [--twice] [N]
//!
//!   N            how far to count, 1 to 100 (default 3)
//!   --twice      count twice
//! ";
//!
//! fn main() -> ExitCode {
//!     lesson_cli::run(USAGE, lesson)
//! }
//!
//! fn lesson(mut args: Args) -> Result<(), Failure> {
//!     let rounds = if args.flag("--twice") { 2 } else { 1 };
//!     let n = args.number("N", 1..=100)?.unwrap_or(3);
//!     args.finish()?;
//!     for i in 1..=n * rounds {
//!         say!("{i}");
//!     }
//!     Ok(())
//! }
//! ```

mod args;
mod failure;
mod output;
mod printable;

pub use args::Args;
pub use failure::Failure;
pub use output::{colour, colour_on, complain, write_out};
pub use printable::printable;

use std::process::{ExitCode, Termination};

/// Reads the arguments, answers `--help`, runs `lesson` and reports how it failed.
///
/// The exit status is what `lesson` returns (`()` is 0, an [`ExitCode`] is handed on), 2 for a
/// [`Failure::Usage`], and 1 for any other failure. Messages go to standard error.
pub fn run<T: Termination>(
    usage: &str,
    lesson: impl FnOnce(Args) -> Result<T, Failure>,
) -> ExitCode {
    let program = program_name();
    let args = match Args::read(usage, std::env::args_os().skip(1)) {
        Ok(args) if args.wants_help() => {
            write_out(usage);
            return ExitCode::SUCCESS;
        }
        other => other,
    };
    match args.and_then(lesson) {
        Ok(done) => done.report(),
        Err(failure) => failure.report(&program, usage),
    }
}

/// The name the program was started by, without its folder.
fn program_name() -> String {
    let path = std::env::args_os().next().unwrap_or_default();
    let name = std::path::Path::new(&path).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
