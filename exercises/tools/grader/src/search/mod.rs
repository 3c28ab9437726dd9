//! A check in every order. When it has passed as usual, the harness starts this: a process that
//! supervises, and below it one that searches (the library `orders`), which forks a test process for
//! each order and holds it at its system calls.

mod remembered;
mod searcher;
mod words;

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::unistd::{ForkResult, dup2_stdin, dup2_stdout, fork, setsid};
use orders::Order;
use serde::{Deserialize, Serialize};

use crate::case::containment::{self, Containment, NOTIFIER};
use crate::case::{self, hooks, real};
use crate::check::Check;
use crate::shared::log::SharedLog;
use crate::shared::searched::Searched;
use crate::shared::token::Token;
use crate::shared::verdict::Verdict;
use crate::{supervisor, sys};
use remembered::Remembered;

/// A search ends by itself. If it has not after this time, it never will.
const STUCK: Duration = Duration::from_secs(30);

/// What the searching process found.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    verdict: Verdict,
    /// The order that breaks the check.
    order: Option<String>,
}

/// Runs `check`, known as `name`, in every order, and writes the verdict to standard output, for the
/// harness.
pub(crate) fn run(name: &str, check: &Check) -> ExitCode {
    supervisor::report(|token| supervise(name, check, token))
}

fn supervise(name: &str, check: &Check, token: &mut Token) -> io::Result<Verdict> {
    let _ = setsid(); // out of reach of Ctrl-C: the harness dies of it, and its end is noticed
    sys::reset_signals();
    let _ = procinfo::become_subreaper();
    let remembered = Remembered::of(name);
    let log = SharedLog::shared()?;
    // The search looks into /proc, which must be that of its namespace.
    let containment = match containment::try_own_proc() {
        Ok(()) => Containment::enter(),
        Err(_) => Containment::Nothing,
    };
    let (result, to_supervisor) = pipe()?;
    // SAFETY: this process has one thread; it is `main` of a program that has started none.
    let searcher = match unsafe { fork()? } {
        ForkResult::Child => {
            drop(result);
            search(check, log, containment, remembered.order(), to_supervisor)
        }
        ForkResult::Parent { child } => child,
    };
    drop(to_supervisor);
    *token = Token::receive(io::stdin())?; // no forked process has a copy of it
    let found = await_result(result);
    supervisor::sweep(searcher, containment, &[]);
    let found = found?;
    if let Some(order) = &found.order {
        remembered.remember(order);
    }
    Ok(found.verdict)
}

/// The life of the process that searches.
fn search(
    check: &Check,
    log: &'static SharedLog,
    containment: Containment,
    first: Option<Order>,
    mut result: PipeWriter,
) -> ! {
    let found = match prepare(check, log, containment) {
        Ok(()) => searcher::search(check, log, first),
        Err(error) => Found::not_searched(error.to_string()),
    };
    let _ = result.write_all(&serde_json::to_vec(&found).unwrap_or_default());
    real::exit_unrecorded(0)
}

fn prepare(check: &Check, log: &SharedLog, containment: Containment) -> io::Result<()> {
    containment::switched_off(NOTIFIER).map_err(io::Error::other)?;
    let _ = procinfo::die_with_parent(Signal::SIGKILL);
    if containment.is_namespace() {
        sys::mount_own_proc()?;
    }
    dup2_stdin(std::fs::File::open("/dev/null")?)?;
    dup2_stdout(std::fs::File::options().write(true).open("/dev/null")?)?;
    case::set_limits(check, log)?;
    hooks::look_up_all(); // once, and not in each of the processes that are forked
    Ok(())
}

/// What the searching process writes before it ends.
fn await_result(mut result: PipeReader) -> io::Result<Found> {
    let (over, stdin) = (Instant::now() + STUCK, io::stdin());
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let left = over.saturating_duration_since(Instant::now());
        let mut waiting = [
            PollFd::new(result.as_fd(), PollFlags::POLLIN),
            PollFd::new(stdin.as_fd(), PollFlags::empty()),
        ];
        let limit = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let ready = poll(&mut waiting, limit)?;
        let harness_is_gone = waiting[1].revents().is_some_and(|events| !events.is_empty());
        if ready == 0 || harness_is_gone {
            return Ok(Found::not_searched(format!("it took longer than {} s", STUCK.as_secs())));
        }
        match result.read(&mut buffer)? {
            0 => break,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    let why = "the process that searches ended too early";
    Ok(serde_json::from_slice(&bytes).unwrap_or_else(|_| Found::not_searched(why.to_owned())))
}

impl Found {
    fn not_searched(why: String) -> Found {
        let verdict = Verdict { searched: Searched::Not { why }, ..Verdict::default() };
        Found { verdict, order: None }
    }
}
