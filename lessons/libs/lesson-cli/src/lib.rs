//! What every lesson needs but none teaches: arguments, usage, error messages, output into a
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
mod new_file;
mod output;
mod printable;
mod wrap;

pub use args::Args;
pub use failure::Failure;
pub use new_file::{new_file, regular_file, write_new};
pub use output::{colour, colour_on, complain, output_failure, write_lines, write_out};
pub use printable::printable;
pub use wrap::wrapped;

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
            write_lines(usage);
            return told_of_lost_output(&program, ExitCode::SUCCESS);
        }
        other => other,
    };
    heed_children(&program);
    let status = match args.and_then(lesson) {
        Ok(done) => done.report(),
        Err(failure) => failure.report(&program, usage),
    };
    told_of_lost_output(&program, status)
}

/// The status of a lesson whose output may not have been written.
fn told_of_lost_output(program: &str, status: ExitCode) -> ExitCode {
    let Some(error) = output_failure() else { return status };
    complain(&format!("{program}: writing standard output failed: {error}\n"));
    ExitCode::FAILURE
}

/// A program can be started with SIGCHLD ignored, as by `trap '' CHLD` in a shell. Then the kernel
/// discards the exit statuses of its children, `wait` reports that there is no child, and a child
/// that was killed looks like one that did its work (`man 2 wait`, NOTES). So the signal gets its
/// usual action back, and a note says so.
fn heed_children(program: &str) {
    use nix::sys::signal::{SigHandler, SigSet, Signal, signal};

    // SAFETY: this installs the kernel's own action, and no handler was installed before: an
    // exec leaves only ignored signals and default actions.
    let before = unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl) };
    // A mask is inherited too. A lesson that waits for a signal would never get it, and a child
    // that is sent one would not end.
    let _ = SigSet::empty().thread_set_mask();
    if matches!(before, Ok(SigHandler::SigIgn)) {
        complain(&format!(
            "{program}: note: this program was started with SIGCHLD ignored, so its children \
             would have left no exit status; SIGCHLD has its default action again\n"
        ));
    }
}

/// The name the program was started by, without its folder.
fn program_name() -> String {
    let path = std::env::args_os().next().unwrap_or_default();
    let name = std::path::Path::new(&path).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
