//! The test process: the learner's function runs in it, with nothing else in the process. A
//! *case* is one run of a check: the test process and everything that descends from it.

mod caller;
pub(crate) mod containment;
pub(crate) mod ends;
mod family;
pub(crate) mod hooks;
pub(crate) mod own;
mod plan;
pub(crate) mod planted;
pub(crate) mod real;
pub(crate) mod snapshot;

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::Resource;
use nix::sys::signal::Signal;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, getppid, setpgid};

use crate::check::Check;
use crate::plant::plant;
use crate::shared::events::Kind;
use crate::shared::log::{Leftovers, Outcome, SharedLog};
use crate::sys;
use containment::Containment;
use snapshot::Probe;

/// The exit status of a process in which a panic was not caught, as in any Rust program.
const PANIC_STATUS: i32 = 101;

/// Between the place of a panic in a library's code and the code of the answer that called it.
pub(crate) const CALLED_BY: &str = " called by ";

/// Threads, and processes that are there before the supervisor looks: the kernel's limit is a
/// fuse, and only the supervisor's makes a verdict.
const SLACK: u64 = 200;

/// No file may become larger than this many bytes.
const FILE_SIZE: u64 = 64 << 20;

/// What the supervisor has decided for the case.
pub(crate) struct Setup<'a> {
    pub(crate) check: &'a Check,
    pub(crate) log: &'static SharedLog,
    pub(crate) containment: Containment,
    /// Where temporary files go.
    pub(crate) temporary: PathBuf,
}

/// Runs the check, then looks which process has come to this point, and which children are left.
/// `notified` says whether a fork notifier counts the processes.
pub(crate) fn run(setup: &Setup, outputs: [OwnedFd; 2], notified: bool) -> ! {
    let me = real::own();
    let Setup { check, log, .. } = *setup;
    if let Err(error) = prepare(setup, &outputs) {
        log.cannot_begin(&format!("the test process cannot be set up: {error}"));
        real::exit_unrecorded(PANIC_STATUS);
    }
    drop(outputs);
    sys::close_all_but_standard();
    hooks::install(log, plan::Plan::of(check, notified));
    log.record(me.as_raw(), Kind::Begin {});
    snapshot::baseline();
    let outcome = call(check, log);
    if outcome == Outcome::Returned {
        log.changes(&snapshot::changes());
    }
    log.end(outcome, look_back(log));
    real::exit_unrecorded(status_of(outcome))
}

/// Runs the check in one of many orders: a search has forked this process, and holds it and its
/// descendants at their system calls. Each of these takes time in every order, so there are few.
/// Exit status 0 says that this process has seen nothing wrong.
pub(crate) fn run_once_more(check: &Check, log: &'static SharedLog) -> ! {
    let me = real::own();
    log.clear();
    log.begin(me, getppid());
    sys::close_all_but_standard();
    if let Ok(folder) = std::env::current_dir() {
        put_temporary_files_into(&folder);
    }
    hooks::install(log, plan::Plan::in_a_search());
    log.record(me.as_raw(), Kind::Begin {});
    let outcome = call(check, log);
    log.end(outcome, look_back(log));
    let leftovers = log.leftovers();
    let wanted = check.wanted.forks.filter(|_| !check.has_faults_in_search());
    let well = outcome == Outcome::Returned
        && leftovers.zombies == 0
        && !leftovers.running
        && !log.events().iter().any(|event| event.kind.is_a_fault())
        && wanted.is_none_or(|wanted| wanted == log.processes());
    real::exit_unrecorded(if well { 0 } else { PANIC_STATUS })
}

/// Calls the check's function. In a child that comes out of it, this does not return.
fn call(check: &Check, log: &'static SharedLog) -> Outcome {
    let me = real::own();
    let checked = check.clone();
    panic::set_hook(Box::new(move |info| note_panic(log, &checked, me, info)));
    let planted: Vec<_> = check.planted.iter().map(|&rule| plant(rule)).collect();

    let result = panic::catch_unwind(AssertUnwindSafe(check.body));

    drop(planted);
    let outcome = if result.is_ok() { Outcome::Returned } else { Outcome::Panicked };
    if sys::is_ignored(Signal::SIGCHLD) {
        log.record(me.as_raw(), Kind::IgnoresChildren {});
    }
    if real::own() != me {
        let kind = match outcome {
            Outcome::Returned => Kind::ChildReturned {},
            Outcome::Panicked => Kind::Panicked {},
        };
        log.record(real::own().as_raw(), kind);
        real::exit_unrecorded(status_of(outcome));
    }
    let _ = io::stdout().flush(); // print!("…") without a newline, as a return from main does
    outcome
}

fn status_of(outcome: Outcome) -> i32 {
    match outcome {
        Outcome::Returned => 0,
        Outcome::Panicked => PANIC_STATUS,
    }
}

fn prepare(setup: &Setup, [out, err]: &[OwnedFd; 2]) -> io::Result<()> {
    let (me, init) = (real::own(), getppid());
    let _ = procinfo::die_with(init, Signal::SIGKILL); // a second fuse: the first is end-of-file
    sys::show_to_the_supervisor();
    sys::prefer_when_memory_is_short();
    setpgid(me, me)?;
    put_temporary_files_into(&setup.temporary);
    dup2_stdin(File::open("/dev/null")?)?;
    dup2_stdout(out)?;
    dup2_stderr(err)?;
    set_limits(setup.check, setup.log)?;
    if setup.containment.counts_for_itself() {
        let most = u64::from(setup.check.limits.processes) + SLACK;
        sys::limit(Resource::RLIMIT_NPROC, most)?;
    }
    setup.log.begin(me, init);
    Ok(())
}

/// The processes of the case inherit it.
fn put_temporary_files_into(folder: &Path) {
    #[expect(clippy::disallowed_methods, reason = "the processes of the case are to inherit it")]
    // SAFETY: this process has one thread.
    unsafe {
        std::env::set_var("TMPDIR", folder);
    }
}

/// Sets the limits that the kernel keeps, for this process and those that it forks.
pub(crate) fn set_limits(check: &Check, log: &SharedLog) -> io::Result<()> {
    for (index, limit) in Limit::ALL.into_iter().enumerate() {
        log.set_limit(index, sys::limit(limit.resource(), limit.wanted(check))?);
    }
    Ok(())
}

/// A limit that the kernel keeps. The others are the supervisor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Memory,
    ProcessorTime,
    FileSize,
    Core,
}

impl Limit {
    const ALL: [Limit; 4] = [Limit::Memory, Limit::ProcessorTime, Limit::FileSize, Limit::Core];

    fn resource(self) -> Resource {
        match self {
            Limit::Memory => Resource::RLIMIT_AS,
            Limit::ProcessorTime => Resource::RLIMIT_CPU,
            Limit::FileSize => Resource::RLIMIT_FSIZE,
            Limit::Core => Resource::RLIMIT_CORE,
        }
    }

    fn wanted(self, check: &Check) -> u64 {
        match self {
            Limit::Memory => check.limits.memory,
            // A fuse for what the supervisor loses sight of.
            Limit::ProcessorTime => check.limits.time.as_secs() + 2,
            Limit::FileSize => FILE_SIZE,
            Limit::Core => 0,
        }
    }

    /// If the system allows less than the check gives, what it allows.
    pub(crate) fn lowered(self, check: &Check, log: &SharedLog) -> Option<u64> {
        let holds = log.limit(self as usize);
        (holds < self.wanted(check)).then_some(holds)
    }
}

/// Keeps the first message of the test process, and the first of any child: a check may make a
/// child panic on purpose. The standard message with its backtrace would only frighten.
fn note_panic(log: &SharedLog, check: &Check, test_process: Pid, info: &PanicHookInfo) {
    if info.payload().is::<Probe>() {
        snapshot::PROBED.store(true, Relaxed);
        return;
    }
    let me = real::own();
    let said = if me == test_process { log.said() } else { log.child_said() };
    said.compose(me.as_raw(), || {
        let text = info.payload_as_str().unwrap_or("(a panic without a message)");
        format!("{}\n{text}", place_of(check, info))
    });
}

/// The place of a panic; if it is in a library, with the code of the answer that called that.
fn place_of(check: &Check, info: &PanicHookInfo) -> String {
    let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
    let place = place.unwrap_or_default();
    let place = caller::below_the_workbook(&place);
    let caller = caller::is_needed(place).then(|| caller::of_the_library(check)).flatten();
    caller.map_or_else(|| place.to_owned(), |caller| format!("{place}{CALLED_BY}{caller}"))
}

/// Counts the children that were not waited for: those that have ended, and whether any lives.
fn look_back(log: &SharedLog) -> Leftovers {
    let used = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, From::from);
    let used = used.saturating_sub(caller::took());
    let mut leftovers = Leftovers { used, ..Leftovers::default() };
    loop {
        match real::wait_unrecorded(-1, libc::WNOHANG) {
            Ok((0, _)) => {
                leftovers.running = true;
                return leftovers;
            }
            Ok((child, status)) => {
                log.record(child, Kind::LeftZombie { status });
                leftovers.zombies += 1;
            }
            Err(Errno::EINTR) => {}
            Err(_) => return leftovers, // ECHILD: no children, as it should be
        }
    }
}
