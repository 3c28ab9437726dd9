//! Dividing jobs: the skeleton of most programs that fork. A run shows:
//!
//! * the parent collects the jobs, here the files under a folder, and only then forks;
//! * it cuts them into K batches whose sizes differ by at most one;
//! * each child finds its batch in its copy of the parent's memory: nothing is sent to it.

mod divide;
mod files;

use std::path::PathBuf;
use std::process::{ExitCode, exit};

use lesson_cli::{Args, Failure, say};
use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, fork, getpid};

const USAGE: &str = "\
Dividing jobs: the files under a folder, in one batch for each child.

Usage: lesson-fork-skeleton [--all] [FOLDER] [K]
Example: cargo run -p lesson-fork-skeleton -- book 3

  FOLDER   where to look for files (default: the current folder); skips
           hidden files, symbolic links, and folders with a CACHEDIR.TAG
  K        number of children, 1 to 64 (default 4), but at most one per file
  --all    print all files of each child, not only the first five
  --help   show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let shown = if args.flag("--all") { usize::MAX } else { 5 };
    let folder = args.value().map_or_else(|| PathBuf::from("."), PathBuf::from);
    let count = args.number("K", 1..=64)?.unwrap_or(4);
    args.finish()?;
    let found = files::under(&folder)?;
    let batches = divide::divide(&found.files, count);
    say!("parent {}: files {}, children {}", getpid(), found.files.len(), batches.len());

    let forked = fork_children(&batches, shown);
    forked.and(wait_for_all())?; // waits even if a fork failed, for the children forked before it
    say!("parent {}: no child is left, and every batch is done", getpid());
    found.report_unreadable()
}

fn fork_children(batches: &[&[PathBuf]], shown: usize) -> Result<(), Failure> {
    for (number, batch) in (1..).zip(batches) {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() } {
            Err(errno) => return Err(Failure::system(format!("fork number {number}"), errno)),
            Ok(ForkResult::Child) => child(number, batch, shown),
            Ok(ForkResult::Parent { .. }) => {}
        }
    }
    Ok(())
}

/// Prints its batch in one write, so that no other child's lines get in between, and ends.
fn child(number: usize, batch: &[PathBuf], shown: usize) -> ! {
    let names = files::listed(batch, shown);
    say!("child {number}, PID {}, files {}:{names}", getpid(), batch.len());
    exit(0); // never back into the loop, where it would fork children of its own
}

/// Waits until no child is left. Work counts as done only if every child's exit status is 0.
fn wait_for_all() -> Result<(), Failure> {
    let mut outcome = Ok(());
    loop {
        match wait() {
            Ok(WaitStatus::Exited(_, 0)) => {}
            Ok(bad) => outcome = Err(Failure::Other(format!("a batch was not done: {bad:?}"))),
            Err(Errno::ECHILD) => return outcome,
            Err(errno) => return Err(Failure::system("wait", errno)),
        }
    }
}
