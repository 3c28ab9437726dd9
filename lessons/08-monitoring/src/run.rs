//! Starts the command, shows samples while it runs, and waits for it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use lesson_cli::{Failure, complain, printable};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use crate::events::{Event, Events};
use crate::sample::{Process, Sampler};
use crate::screen::Screen;
use crate::summary;

/// How long a process has to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// A process without a command line is taken for one that is being loaded only for this long.
const LOADING: Duration = Duration::from_secs(2);

/// The time from a sample that came too early to the next one.
const SOON: Duration = Duration::from_millis(10);

/// Runs the command and shows it every `every`. The exit status is the command's.
pub(crate) fn run(
    program: &OsStr,
    args: &[OsString],
    every: Duration,
) -> Result<ExitCode, Failure> {
    // Before the first child exists, so that no child's end is missed.
    let events = Events::new().map_err(|error| Failure::system("catching signals", error))?;
    let sampler = Sampler::new(getpid())?;
    adopt_orphans()?;
    // Its process group is this program's, so Ctrl-C reaches both.
    let command = match Command::new(program).args(args).spawn() {
        Ok(child) => Pid::from_raw(child.id().cast_signed()),
        Err(error) => return not_started(program, error),
    };
    let mut watch = Watch {
        command,
        events,
        sampler,
        screen: Screen::new(),
        start: Instant::now(),
        peak: summary::Peak::default(),
    };
    watch.follow(program, every)
}

/// Exit statuses as a shell's: 127 where there is no such command, 126 where it cannot be run.
fn not_started(program: &OsStr, error: io::Error) -> Result<ExitCode, Failure> {
    let program = printable(program);
    let code = match error.kind() {
        io::ErrorKind::NotFound => 127,
        io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory => {
            return Err(Failure::system(format!("fork for '{program}'"), error));
        }
        _ => 126,
    };
    complain(&format!("lesson-monitoring: '{program}' cannot be run: {error}\n"));
    Ok(ExitCode::from(code))
}

/// Descendants whose parent has ended become children of this process, so that they stay in its
/// tree. Only Linux offers this; elsewhere they leave the tree.
fn adopt_orphans() -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_child_subreaper(true)
        .map_err(|errno| Failure::system("becoming a subreaper", errno))?;
    Ok(())
}

/// A command that is being watched.
struct Watch {
    command: Pid,
    events: Events,
    sampler: Sampler,
    screen: Screen,
    start: Instant,
    peak: summary::Peak,
}

impl Watch {
    fn follow(&mut self, program: &OsStr, every: Duration) -> Result<ExitCode, Failure> {
        let mut next = self.start;
        let (mut sample, mut taken) = (Vec::new(), Duration::ZERO);
        loop {
            match self.events.next(next)? {
                Event::TimeIsUp => {
                    (sample, taken) = (self.sampler.take(), self.start.elapsed());
                    let again = if self.is_loading(&sample) { SOON } else { every };
                    next = Instant::now().max(next + again);
                }
                Event::ChildEnded => {
                    // Before it is waited for, so that the last sample shows it as a zombie.
                    let last = self.sampler.take();
                    if let Some(status) = reap(self.command)?.command {
                        self.show(&last, self.start.elapsed());
                        return Ok(self.finish(program, status));
                    }
                    continue;
                }
                Event::Resized if !self.screen.is_terminal() => continue,
                Event::Resized => {} // the same sample again, drawn to fit
                Event::Suspended => {
                    self.screen.clear();
                    // Stopped here until `fg`.
                    let _ = signal_hook::low_level::emulate_default_handler(Signal::SIGTSTP as i32);
                }
                Event::Asked(signal) => return self.stop(128 + signal as u8),
                Event::NobodyReads => return self.stop(0),
            }
            if !self.show(&sample, taken) {
                return self.stop(0);
            }
        }
    }

    /// Whether the sample came so soon after the start that the command had no command line yet.
    fn is_loading(&self, sample: &[Process]) -> bool {
        let command = sample.iter().find(|process| process.pid == self.command);
        self.start.elapsed() < LOADING && command.is_some_and(Process::is_loading)
    }

    fn show(&mut self, sample: &[Process], taken: Duration) -> bool {
        self.peak.note(sample);
        self.screen.show(sample, taken)
    }

    /// The command has ended, and so does this program.
    fn finish(&mut self, program: &OsStr, status: WaitStatus) -> ExitCode {
        let left = self.sampler.take();
        let ended = summary::end_of(program, status, self.start.elapsed());
        self.screen.finish(&format!("{ended}\n{}{}", self.peak, summary::left_behind(&left)));
        match status {
            WaitStatus::Exited(_, code) => ExitCode::from(code as u8),
            WaitStatus::Signaled(_, signal, _) => ExitCode::from(128 + signal as u8),
            _ => ExitCode::FAILURE,
        }
    }

    /// Ends the command and all its descendants: asks first, then kills. Waits for them all.
    fn stop(&mut self, code: u8) -> Result<ExitCode, Failure> {
        self.send_all(Signal::SIGTERM);
        let deadline = Instant::now() + GRACE;
        while !reap(self.command)?.none_left {
            if self.events.next(deadline)? == Event::TimeIsUp {
                break;
            }
        }
        // A new process may have been forked meanwhile, so this is repeated after each end.
        while self.send_all(Signal::SIGKILL) > 0 && waitpid(None, None).is_ok() {}
        Ok(ExitCode::from(code))
    }

    /// Sends the signal to the whole tree, and returns to how many processes.
    fn send_all(&mut self, signal: Signal) -> usize {
        let tree = self.sampler.take();
        // A process that has just ended needs no signal.
        tree.iter().filter(|process| kill(process.pid, signal).is_ok()).count()
    }
}

/// Which children have been waited for.
struct Reaped {
    /// How the command ended, if it has.
    command: Option<WaitStatus>,
    /// Whether no child is left.
    none_left: bool,
}

/// Waits for every child that has ended: the command, and orphans adopted from it.
fn reap(command: Pid) -> Result<Reaped, Failure> {
    let mut reaped = Reaped { command: None, none_left: false };
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return Ok(reaped),
            Err(Errno::ECHILD) => return Ok(Reaped { none_left: true, ..reaped }),
            Ok(status) if status.pid() == Some(command) => reaped.command = Some(status),
            Ok(_orphan) => {}
            Err(errno) => return Err(Failure::system("waiting for the command", errno)),
        }
    }
}
