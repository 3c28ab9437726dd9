//! The process that supervises one case: it sets the case up, watches it, stops it when it goes
//! over a limit, and makes sure that nothing of it is left. It runs in the test binary, started
//! anew for each case by the harness, and has one thread.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use nix::unistd::{ForkResult, fork, getppid, pipe, setsid};

use crate::board::Board;
use crate::case::Setup;
use crate::check::Check;
use crate::containment::Containment;
use crate::folder::Folder;
use crate::gate::Gate;
use crate::verdict::Verdict;
use crate::watch::Watch;
use crate::{judge, keeper, platform};

/// Runs `check` and writes the verdict to standard output, for the harness. Standard input is a
/// pipe that the harness holds open as long as it lives.
pub(crate) fn run(check: &Check) -> ExitCode {
    let verdict = supervise(check).unwrap_or_else(|error| {
        Verdict::grader_failed(format!("The check could not be run: {error}\n"))
    });
    match io::stdout().write_all(verdict.encode().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE, // the harness is gone
    }
}

fn supervise(check: &Check) -> io::Result<Verdict> {
    let _ = setsid(); // out of reach of Ctrl-C: the harness dies of it, and its end is noticed
    platform::adopt_orphans();
    let containment = Containment::enter();
    let harness = getppid();
    let folder = Folder::new(check.wanted.empty_folder)?;
    let fork_fails_after = check.wanted.fork_fails_after.unwrap_or(u32::MAX);
    let board = Board::shared(check.limits.processes, fork_fails_after)?;
    let (out, case_out) = pipe()?;
    let (err, case_err) = pipe()?;
    let (news, keeper_news) = UnixStream::pair()?;
    // SAFETY: this process has one thread; it is `main` of a program that has started none.
    let keeper = match unsafe { fork()? } {
        ForkResult::Child => {
            drop((out, err, news));
            let setup = Setup { check, board, containment, harness };
            keeper::run(&setup, [case_out, case_err], &keeper_news)
        }
        ForkResult::Parent { child } => child,
    };
    drop((case_out, case_err, keeper_news));
    let gate = Gate::receive(&news)?;
    let pipes = [out, err, news.into()];
    let seen = Watch::new(check, board, keeper, containment, gate, pipes)?.run();
    Ok(judge::judge(check, board, &seen, folder.left_behind()))
}
