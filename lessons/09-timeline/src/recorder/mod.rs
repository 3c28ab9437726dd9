//! The recorder: starts the command, and turns each of its stops into events.
//!
//! `ptrace` makes one process the *tracer* of others (`man 2 ptrace`). The kernel stops a tracee
//! whenever something happens to it that the tracer asked for, and reports the stop in `waitpid`,
//! as it reports a child's end to a parent. The tracer looks, and resumes the tracee. The
//! recorder is therefore one loop:
//!
//! 1. fork a child that blocks; `PTRACE_SEIZE` it; let it run the command (`start`);
//! 2. wait for any stop (`stop`), write down what it means (`tracer`, `family`), and resume.
//!    Children of tracees are tracees too, from their first instruction on;
//! 3. a `seccomp` filter stops tracees in the calls `wait4` and `waitid` alone (`filter`), so
//!    that all other system calls run at full speed (`wait_call`).

mod family;
mod filter;
mod poll;
mod process;
mod start;
mod stop;
mod tracer;
mod wait_call;

use std::ffi::OsString;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use lesson_cli::{Failure, complain};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::alarm;
use timeline::Event;

use start::Command;

/// What was seen, and how the command ended.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) events: Vec<Event>,
    /// The command's exit status, or 128 and the number of the signal that ended it.
    pub(crate) exit_code: u8,
    /// Why the command could not be run, if so.
    pub(crate) not_run: Option<io::Error>,
}

impl Recording {
    fn new(events: Vec<Event>, exit_code: u8) -> Self {
        Recording { events, exit_code, not_run: None }
    }
}

/// Runs `command`, and all that it starts, to the end: under ptrace, unless `poll` forbids it or
/// the system does.
pub(crate) fn record(command: Vec<OsString>, poll: bool) -> Result<Recording, Failure> {
    let mut command = Command::new(command)?;
    let interrupts = Interrupts::catch()?;
    let refused = if poll { None } else { command.run_traced()?.err() };
    if let Some(errno) = refused {
        complain(&format!(
            "lesson-timeline: ptrace is refused here ({errno}), as in some containers and under \
             another tracer;\n  polling /proc instead, which misses short-lived processes\n"
        ));
    }
    let mut recording = if poll || refused.is_some() {
        command.run_untraced()?;
        poll::follow(&command, &interrupts)?
    } else {
        tracer::follow(&command, &interrupts)?
    };
    recording.not_run = command.failure();
    if let Some(error) = &recording.not_run {
        recording.exit_code = start::exit_code_of(error);
    }
    Ok(recording)
}

/// How often Ctrl-C was pressed.
static INTERRUPTS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn on_interrupt(_: nix::libc::c_int) {
    INTERRUPTS.fetch_add(1, Ordering::Relaxed);
    // If the signal comes just before the recorder sleeps in a wait, the alarm wakes it.
    alarm::set(1);
}

extern "C" fn on_alarm(_: nix::libc::c_int) {}

/// Ctrl-C is meant for the command, which gets it too. The recorder continues, so that it can
/// draw how the command reacted. Dropped when the recording is over.
struct Interrupts {
    before: [(Signal, SigAction); 2],
}

impl Interrupts {
    fn catch() -> Result<Self, Failure> {
        Ok(Interrupts {
            before: [
                (Signal::SIGINT, handle(Signal::SIGINT, on_interrupt)?),
                (Signal::SIGALRM, handle(Signal::SIGALRM, on_alarm)?),
            ],
        })
    }

    /// How often Ctrl-C has been pressed since.
    fn count(&self) -> usize {
        INTERRUPTS.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        alarm::cancel();
        for (signal, action) in &self.before {
            // SAFETY: the action was in force before, so its handler is sound.
            let _ = unsafe { sigaction(*signal, action) };
        }
    }
}

/// Without SA_RESTART, so that a wait returns and the recorder can look at the count.
fn handle(signal: Signal, handler: extern "C" fn(nix::libc::c_int)) -> Result<SigAction, Failure> {
    let action = SigAction::new(SigHandler::Handler(handler), SaFlags::empty(), SigSet::empty());
    // SAFETY: both handlers do what signal handlers may: an atomic addition, and alarm(2).
    unsafe { sigaction(signal, &action) }
        .map_err(|errno| Failure::system(format!("a handler for {signal}"), errno))
}
