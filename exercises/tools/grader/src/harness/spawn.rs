//! The harness's side of a case: it starts a supervisor and reads the verdict.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use crate::Fault;
use crate::check::Check;
use crate::shared::searched::Searched;
use crate::shared::token::Token;
use crate::shared::verdict::Verdict;
use crate::supervisor::{STARVED, remove_folder_of};
use crate::sys;

/// Tells the test binary that it is a supervisor, and for which check.
pub(crate) const CASE_VARIABLE: &str = "GRADER_CASE";

/// Tells a supervisor to run the check in every order.
pub(crate) const SEARCH_VARIABLE: &str = "GRADER_SEARCH";

/// A supervisor ends by itself when the check's time is over. If it has not after this time more, it
/// never will.
const STUCK: Duration = Duration::from_secs(20);

/// Runs `check`, known as `name`, in fresh processes; if it is to hold in every order and has passed
/// once, in all of them.
pub(super) fn run_case(name: &str, check: &Check) -> Verdict {
    let verdict = run_as_usual(name, check);
    if check.search.is_none() || !verdict.findings.is_empty() {
        return verdict;
    }
    let searched = run_in_every_order(name);
    if searched.findings.is_empty() {
        return Verdict { searched: searched.searched, ..verdict };
    }
    searched
}

/// Searches the orders of a check that is known as `name`. What keeps the grader from that says
/// nothing about the answer.
pub(super) fn run_in_every_order(name: &str) -> Verdict {
    let not = |why: String| Verdict { searched: Searched::Not { why }, ..Verdict::default() };
    match supervised(name, true, 2 * STUCK) {
        Err(error) => not(error.to_string()),
        Ok(verdict) => match verdict.fault() {
            Some(Fault::GraderFailed | Fault::NoProcesses) => {
                not(verdict.findings[0].text.trim_end().to_owned())
            }
            _ => verdict,
        },
    }
}

fn run_as_usual(name: &str, check: &Check) -> Verdict {
    let limit = check.limits.time * STARVED + STUCK;
    for _ in 1..TRIES {
        let verdict = run_once(name, limit);
        if verdict.fault() != Some(Fault::NoProcesses) {
            return verdict;
        }
        thread::park_timeout(PAUSE);
    }
    run_once(name, limit)
}

/// How often a check is run for which there is no process to be had: when others have ended, there
/// may be.
const TRIES: u32 = 20;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

fn run_once(name: &str, limit: Duration) -> Verdict {
    supervised(name, false, limit).unwrap_or_else(|error| Verdict::not_run(&error))
}

fn supervised(name: &str, searches: bool, limit: Duration) -> io::Result<Verdict> {
    let token = Token::new()?;
    let mut supervisor = start(name, searches)?;
    let pid = Pid::from_raw(supervisor.id().cast_signed());
    let sent = supervisor.stdin.as_ref().map_or(Ok(()), |stdin| token.send(stdin));
    let report = sent.and_then(|()| read_report(&mut supervisor, limit));
    if report.is_err() {
        let _ = supervisor.kill();
    }
    let status = supervisor.wait()?; // closes its standard input, too late to matter
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    running.remove(&pid);
    if !status.success() {
        end_orphans(&running);
        remove_folder_of(pid);
    }
    drop(running);
    let report = report?;
    if report.is_empty() {
        return Ok(Verdict::grader_failed(format!(
            "The process that supervises the check ended without a verdict: {status}\n"
        )));
    }
    let verdict = token.verify(&report).and_then(Verdict::decode);
    Ok(verdict.unwrap_or_else(|| {
        Verdict::grader_failed(format!(
            "The verdict does not come from the process that supervises the check, which ended with\n\
             {status}. Does your function write to files below /proc?\n"
        ))
    }))
}

/// The supervisors that run now. Locked while one is started, so that it is never taken for an
/// orphan.
static RUNNING: Mutex<BTreeSet<Pid>> = Mutex::new(BTreeSet::new());

/// A supervisor that was killed could not stop its case, whose processes have become children of
/// this one ([`procinfo::become_subreaper`]). Ends every child that is no supervisor, until none
/// is left.
fn end_orphans(supervisors: &BTreeSet<Pid>) {
    let this = Pid::this();
    loop {
        let children = procinfo::children_of(this).unwrap_or_default();
        let orphans = children.iter().filter(|pid| !supervisors.contains(pid));
        let ended: Vec<_> = orphans
            .map(|&pid| kill(pid, Signal::SIGKILL).and_then(|()| waitpid(pid, None)))
            .collect();
        if ended.is_empty() || ended.iter().all(Result::is_err) {
            return;
        }
    }
}

/// Its standard input is a pipe whose other end is in this process only: when that ends, however
/// it ends, the supervisor sees end-of-file.
fn start(name: &str, searches: bool) -> io::Result<Child> {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let program = sys::this_program()?;
    let mut command = Command::new(&program);
    if searches {
        command.env(SEARCH_VARIABLE, "1");
    }
    let supervisor = command
        .arg0("grader-supervisor")
        .arg(name)
        .env(CASE_VARIABLE, name)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))?;
    running.insert(Pid::from_raw(supervisor.id().cast_signed()));
    Ok(supervisor)
}

fn read_report(supervisor: &mut Child, limit: Duration) -> io::Result<Vec<u8>> {
    let over = Instant::now() + limit;
    let mut pipe = supervisor.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut report = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        let left = over.saturating_duration_since(Instant::now());
        let mut waiting = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
        if poll(&mut waiting, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX))? == 0 {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the supervising process does not end",
            ));
        }
        match pipe.read(&mut buffer)? {
            0 => return Ok(report),
            count => report.extend_from_slice(&buffer[..count]),
        }
    }
}
