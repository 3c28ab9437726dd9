//! Every order: everything that a program can do. A run shows:
//!
//! * each distinct outcome of the command: what it prints, how it ends, or which of its
//!   processes wait for ever, and for what;
//! * in how many orders each outcome happens, and one order that leads to it;
//! * whether that is proved to be all.
//!
//! How it is done: a seccomp filter parks each process at each system call that another process
//! could notice. The library `orders` lets one of them continue at a time, and runs the command
//! again for every choice that can matter. Nothing is left to chance, so a race that is lost once
//! in a million runs is found as easily as one that is lost each time:
//!
//! ```sh
//! lesson-every-order sh -c 'echo child & echo parent; wait'
//! ```

mod options;
mod output;
mod tree;

use std::ops::ControlFlow;
use std::process::ExitCode;

use lesson_cli::{Args, Failure};
use options::Options;
use orders::{Error, Report, Search};
use tree::Tree;

const USAGE: &str = options::USAGE;

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<ExitCode, Failure> {
    let options = Options::from(&mut args)?;
    let search = options.search().map_err(failure)?;
    if let Some(order) = &options.replay {
        let replay = search.replay(order).map_err(failure)?;
        output::replayed(&replay, &options)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (report, tree) = every_order(&search, &options).map_err(failure)?;
    output::found(&report, &tree, &options)
}

/// Runs the command in every order, or until an outcome is found that was asked for.
fn every_order(search: &Search, options: &Options) -> Result<(Report, Tree), Error> {
    let (mut progress, mut tree) = (output::Progress::new(), Tree::default());
    let report = search.run_with_steps(|report, outcome, steps| {
        progress.show(report);
        if options.tree {
            tree.add(steps, outcome);
        }
        if options.is_wanted(outcome) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.clear();
    if let Err(Error::Interrupted { .. }) = report {
        progress.tell_how_far();
    }
    report.map(|report| (report, tree))
}

fn failure(error: Error) -> Failure {
    match error {
        Error::System { what, reason } => Failure::system(what, reason),
        // The command has been ended; this process ends as if it had not asked for the signal.
        Error::Interrupted { signal } => output::end_by(signal),
        Error::Order(why) => Failure::Usage(why),
        other => Failure::Other(other.to_string()),
    }
}
