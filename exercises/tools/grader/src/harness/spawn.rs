//! The harness's side of a case: it starts a supervisor and reads the verdict.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::check::Check;
use crate::shared::token::Token;
use crate::shared::verdict::Verdict;
use crate::supervisor::STARVED;
use crate::sys;

/// Tells the test binary that it is a supervisor, and for which check.
pub(crate) const CASE_VARIABLE: &str = "GRADER_CASE";

/// A supervisor ends by itself when the check's time is over. If it has not after this time more, it
/// never will.
const STUCK: Duration = Duration::from_secs(20);

/// Runs `check`, known as `name`, in fresh processes.
pub(super) fn run_case(name: &str, check: &Check) -> Verdict {
    match supervised(name, check.limits.time * STARVED + STUCK) {
        Ok(verdict) => verdict,
        Err(error) => Verdict::grader_failed(format!("The check could not be run: {error}\n")),
    }
}

fn supervised(name: &str, limit: Duration) -> io::Result<Verdict> {
    let token = Token::new()?;
    let mut supervisor = start(name)?;
    let sent = supervisor.stdin.as_ref().map_or(Ok(()), |stdin| token.send(stdin));
    let report = sent.and_then(|()| read_report(&mut supervisor, limit));
    if report.is_err() {
        let _ = supervisor.kill();
    }
    let status = supervisor.wait()?; // closes its standard input, too late to matter
    let report = report?;
    if report.is_empty() {
        return Ok(Verdict::grader_failed(format!(
            "The process that supervises the check ended without a verdict: {status}\n"
        )));
    }
    let verdict = token.verify(&report).and_then(Verdict::decode);
    Ok(verdict.unwrap_or_else(|| {
        Verdict::grader_failed(format!(
            "The verdict is not that of the process that supervises the check, which ended:\n\
             {status}. Does your function write into files below /proc?\n"
        ))
    }))
}

/// Its standard input is a pipe whose other end is in this process only: when that ends, however
/// it ends, the supervisor sees end-of-file.
fn start(name: &str) -> io::Result<Child> {
    Command::new(sys::this_program()?)
        .arg0("grader-supervisor")
        .arg(name)
        .env(CASE_VARIABLE, name)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
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
            return Err(io::Error::new(io::ErrorKind::TimedOut, "its supervisor is stuck"));
        }
        match pipe.read(&mut buffer)? {
            0 => return Ok(report),
            count => report.extend_from_slice(&buffer[..count]),
        }
    }
}
