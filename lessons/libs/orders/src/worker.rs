//! A worker: a process that makes one run after another on request.
//!
//! Workers are processes because a run forks, and because a function that is to be searched is
//! best forked from a process with nothing else in it. They are forked from the caller, so they
//! have the function without sending it.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::signalfd::{SfdFlags, SigSet, SignalFd};

use crate::control::launch::number;
use crate::control::run::{Run, Workshop};
use crate::dependence::dependent;
use crate::error::{Divergence, Error};
use crate::job::{Answer, Job, Made, Plan, State, receive, send};
use crate::priorities::Priorities;
use crate::program::Subject;
use crate::step::{Choice, Offer, Step};

/// The signals that ask a search to end.
pub(crate) fn interrupts() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect()
}

/// What a worker does. It never returns into the code of the process it was forked from.
pub(crate) fn work(subject: &Subject, jobs: &UnixStream, others: Vec<i32>) -> ! {
    let status = match serve(subject, jobs, others) {
        Ok(()) => 0,
        Err(error) => {
            let _ = send(jobs, &Answer::Failed(error.into()));
            1
        }
    };
    // SAFETY: it ends this process, and nothing after it runs.
    unsafe { libc::_exit(status) }
}

fn serve(subject: &Subject, jobs: &UnixStream, mut private: Vec<i32>) -> Result<(), Error> {
    let refused = |errno| Error::system("preparing a worker", errno);
    // If the search itself is killed, its workers are notified and clean up.
    let no_prctl = |error| Error::system("prctl", error);
    procinfo::die_with_parent(Signal::SIGTERM).map_err(no_prctl)?;
    procinfo::become_subreaper().map_err(no_prctl)?;
    let signals = interrupts();
    signals.thread_block().map_err(refused)?;
    let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
    let interrupts = SignalFd::with_flags(&signals, flags).map_err(refused)?;
    private.push(number(jobs));
    let workshop = Workshop::new(subject, interrupts, private)?;
    loop {
        wait_for_job(jobs, &workshop)?;
        let job: Job = match receive(jobs) {
            Ok(job) => job,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(Error::system("receiving a job", error)),
        };
        let made = workshop.processors.bound_to_one(|| make(&workshop, &job))?;
        let sent = send(jobs, &Answer::Made(made));
        sent.map_err(|error| Error::system("sending a result", error))?;
    }
}

fn wait_for_job(jobs: &UnixStream, workshop: &Workshop) -> Result<(), Error> {
    let mut fds = [
        PollFd::new(jobs.as_fd(), PollFlags::POLLIN),
        PollFd::new(workshop.interrupts.as_fd(), PollFlags::POLLIN),
    ];
    let _ = poll(&mut fds, PollTimeout::NONE);
    match workshop.interrupts.read_signal() {
        Ok(Some(signal)) => Err(Error::Interrupted { signal: signal.ssi_signo.cast_signed() }),
        _ => Ok(()),
    }
}

/// Makes one run.
fn make(workshop: &Workshop, job: &Job) -> Result<Made, Error> {
    let mut run = Run::start(workshop, &job.fatal)?;
    let mut states = Vec::new();
    match follow(&mut run, job, &mut states) {
        Ok(Ended::Pruned) => {
            let (caveats, fatal) = (run.caveats(), run.fatal());
            run.finish(false);
            Ok(Made { states, outcome: None, caveats, fatal })
        }
        Ok(ended) => {
            let (caveats, fatal) = (run.caveats(), run.fatal());
            let outcome = Some(run.finish(ended == Ended::CutOff));
            Ok(Made { states, outcome, caveats, fatal })
        }
        Err(error) => Err(run.abandon(error)),
    }
}

#[derive(PartialEq, Eq)]
pub(crate) enum Ended {
    Over,
    Pruned,
    CutOff,
}

/// What can be run in one order or another: a program, or in tests a model of one.
pub(crate) trait Steps {
    /// The steps that could be taken now.
    fn offers(&mut self) -> Vec<Offer>;

    /// Takes one of them.
    fn take(&mut self, step: &Step) -> Result<(), Error>;

    /// Whether no step is left.
    fn is_over(&self) -> bool;
}

impl Steps for Run<'_> {
    fn offers(&mut self) -> Vec<Offer> {
        Run::offers(self)
    }

    fn take(&mut self, step: &Step) -> Result<(), Error> {
        Run::take(self, step)
    }

    fn is_over(&self) -> bool {
        Run::is_over(self)
    }
}

/// Makes the run that is asked for, and adds its new states to `states`.
pub(crate) fn follow(
    run: &mut impl Steps,
    job: &Job,
    states: &mut Vec<State>,
) -> Result<Ended, Error> {
    let replay = job.plan == Plan::Replay;
    for (at, (choice, call)) in job.prefix.iter().enumerate() {
        let offers = run.offers();
        let chosen = expected(&offers, choice, call.as_deref(), at)?;
        run.take(&offers[chosen].step)?;
        if replay {
            states.push(State { offers, chosen: Some(chosen), sleep: Vec::new() });
        }
    }
    let mut sleep = job.sleep.clone();
    let mut priorities = Priorities::new(job.plan);
    let mut last = job.prefix.last().map(|(choice, _)| choice.clone());
    for _ in job.prefix.len()..job.most_steps {
        let offers = run.offers();
        if run.is_over() || !offers.iter().any(|offer| offer.enabled) {
            states.push(State { offers, chosen: None, sleep });
            return Ok(Ended::Over);
        }
        let awake = |offer: &Offer| {
            offer.enabled && !sleep.iter().any(|step| step.choice == offer.step.choice)
        };
        let Some(chosen) = priorities.choose(&offers, awake, last.as_ref()) else {
            states.push(State { offers, chosen: None, sleep });
            return Ok(Ended::Pruned);
        };
        let step: Step = offers[chosen].step.clone();
        states.push(State { offers, chosen: Some(chosen), sleep: sleep.clone() });
        sleep.retain(|asleep| !dependent(asleep, &step));
        run.take(&step)?;
        last = Some(step.choice);
    }
    Ok(Ended::CutOff)
}

/// The offer that a repeated run has to take as its step number `at`.
fn expected(
    offers: &[Offer],
    choice: &Choice,
    call: Option<&str>,
    at: usize,
) -> Result<usize, Error> {
    let fits = |offer: &Offer| {
        offer.enabled
            && offer.step.choice == *choice
            && call.is_none_or(|call| call == offer.step.call)
    };
    offers.iter().position(fits).ok_or_else(|| {
        let enabled = offers.iter().filter(|offer| offer.enabled);
        let found: Vec<String> =
            enabled.map(|o| format!("{}: {}", o.step.choice.process, o.step.call)).collect();
        let what = call.unwrap_or("a step");
        let expected = format!("{}: {what} {}", choice.process, choice.how.word());
        let expected = expected.trim_end().to_owned();
        let found =
            if found.is_empty() { "the end of the run".to_owned() } else { found.join(", ") };
        Error::Diverged(Divergence { step: at + 1, expected, found, asked_for: call.is_none() })
    })
}
