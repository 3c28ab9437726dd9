//! The process that supervises one case: it sets the case up, watches it, stops it when it goes
//! over a limit, and makes sure that nothing of it is left. It runs in the test binary, started
//! anew for each case by the harness, and has one thread.

mod deadlock;
mod folder;
mod init;
mod open_file;
mod process;
mod process_limiter;
mod process_tree;
mod stream;
mod system_call;
mod watch;

pub(crate) use folder::remove_folder_of;
pub(crate) use process_tree::ALL as ALL_ADVICE;
pub(crate) use watch::{STARVED, sweep};

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use nix::unistd::{ForkResult, fork, pipe, setsid};

use crate::case::Setup;
use crate::case::containment::Containment;
use crate::check::Check;
use crate::judge;
use crate::shared::log::SharedLog;
use crate::shared::token::Token;
use crate::shared::verdict::Verdict;
use crate::sys::{self, ForkNotifier};
use folder::Folder;
use watch::{Pipes, Watch};

/// Runs `check` and writes the verdict to standard output, for the harness.
pub(crate) fn run(check: &Check) -> ExitCode {
    report(|token| supervise(check, token))
}

/// Writes the verdict that `supervise` comes to, to standard output. Standard input is a pipe that
/// the harness holds open as long as it lives, and begins with the token, which `supervise` is to
/// receive when it has forked.
pub(crate) fn report(supervise: impl FnOnce(&mut Token) -> io::Result<Verdict>) -> ExitCode {
    let mut token = Token::default();
    let verdict = supervise(&mut token).unwrap_or_else(|error| {
        if token == Token::default() {
            token = Token::receive(io::stdin()).unwrap_or_default();
        }
        Verdict::not_run(&error)
    });
    match io::stdout().write_all(&token.sign(&verdict.encode())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE, // the harness is gone
    }
}

fn supervise(check: &Check, token: &mut Token) -> io::Result<Verdict> {
    let _ = setsid(); // out of reach of Ctrl-C: the harness dies of it, and its end is noticed
    sys::reset_signals();
    let _ = procinfo::become_subreaper(); // to find orphans where there is no namespace
    let containment = Containment::enter();
    sys::hide_from_the_case();
    let folder = Folder::new()?;
    let log = SharedLog::shared()?;
    let (out, case_out) = pipe()?;
    let (err, case_err) = pipe()?;
    let (notifications, supervisor) = UnixStream::pair()?;
    // SAFETY: this process has one thread; it is `main` of a program that has started none.
    let init = match unsafe { fork()? } {
        ForkResult::Child => {
            drop((out, err, notifications));
            let temporary = folder.temporary();
            let setup = Setup { check, log, containment, temporary };
            init::run(&setup, [case_out, case_err], &supervisor)
        }
        ForkResult::Parent { child } => child,
    };
    drop((case_out, case_err, supervisor));
    *token = Token::receive(io::stdin())?; // no forked process has a copy of it
    let notifier = ForkNotifier::receive(&notifications)?;
    let pipes = Pipes { out, err, notifications: notifications.into() };
    let seen = Watch::new(check, log, init, containment, notifier, pipes)?.run();
    Ok(judge::judge(check, log, &seen, folder.left_behind()))
}
