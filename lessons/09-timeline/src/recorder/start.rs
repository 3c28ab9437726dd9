//! Starting the command: a child that blocks until the recorder has attached to it.

use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::unix::ffi::OsStringExt;

use lesson_cli::Failure;
use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{ForkResult, Pid, execvp, fork};

use super::filter;

/// A command that has a process but does not run yet.
pub(super) struct Command {
    pub(super) pid: Pid,
    pub(super) name: String,
    go: PipeWriter,
    failure: PipeReader,
}

/// What the child is told to do: install the filter, or not.
const TRACED: u8 = b't';
const UNTRACED: u8 = b'u';

impl Command {
    /// Forks the child that is to run `command`.
    pub(super) fn new(command: Vec<OsString>) -> Result<Self, Failure> {
        let words: Result<Vec<CString>, _> =
            command.into_iter().map(|word| CString::new(word.into_vec())).collect();
        let words = words.map_err(|_| Failure::Usage("a word contains a zero byte".to_owned()))?;
        let name = words.first().map(|word| word.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| Failure::Usage("no command".to_owned()))?;
        let pipe = || io::pipe().map_err(|error| Failure::system("a pipe", error));
        let ((gate, go), (failure, report)) = (pipe()?, pipe()?);
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() } {
            Err(errno) => Err(Failure::system("fork", errno)),
            Ok(ForkResult::Child) => {
                // If this end stayed open in the child too, the gate would never be closed.
                drop((go, failure));
                child(&words, gate, report)
            }
            Ok(ForkResult::Parent { child }) => Ok(Command { pid: child, name, go, failure }),
        }
    }

    /// Attaches to the child and lets it run under the tracer, or returns the system's reason for
    /// refusing that.
    pub(super) fn run_traced(&mut self) -> Result<Result<(), Errno>, Failure> {
        let options = Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_TRACESECCOMP
            | Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_EXITKILL;
        match ptrace::seize(self.pid, options) {
            Err(errno) => Ok(Err(errno)),
            Ok(()) => self.let_go(TRACED).map(Ok),
        }
    }

    /// Lets the child run without a tracer.
    pub(super) fn run_untraced(&mut self) -> Result<(), Failure> {
        self.let_go(UNTRACED)
    }

    fn let_go(&mut self, how: u8) -> Result<(), Failure> {
        let gate = self.go.write_all(&[how]);
        gate.map_err(|error| Failure::system("starting the command", error))
    }

    /// Why the command could not be run, if so. Call this when it has ended, because the other end
    /// of the pipe is open until it runs.
    pub(super) fn failure(mut self) -> Option<io::Error> {
        let mut errno = [0; 4];
        self.failure.read_exact(&mut errno).ok()?;
        Some(io::Error::from_raw_os_error(i32::from_ne_bytes(errno)))
    }
}

/// A shell's exit status for a command that it cannot run.
pub(super) fn exit_code_of(failure: &io::Error) -> u8 {
    if failure.kind() == io::ErrorKind::NotFound { 127 } else { 126 }
}

/// The child. It never returns into the recorder's code.
fn child(words: &[CString], gate: PipeReader, mut report: PipeWriter) -> ! {
    let Err(errno) = run(words, gate);
    let _ = report.write_all(&(errno as i32).to_ne_bytes());
    // SAFETY: it ends this process, and nothing after it runs.
    unsafe { nix::libc::_exit(127) }
}

/// Waits for the recorder's message, then becomes the command.
fn run(words: &[CString], mut gate: PipeReader) -> Result<Infallible, Errno> {
    let mut how = [0];
    // End-of-file means that the recorder is gone.
    gate.read_exact(&mut how).map_err(|_| Errno::EPIPE)?;
    if how[0] == TRACED {
        filter::install()?;
    } else {
        // A tracer's end ends its tracees; without a tracer, at least this process is told.
        prctl::set_pdeathsig(Signal::SIGKILL)?;
    }
    // Rust's runtime ignores SIGPIPE, and the command would inherit that through exec.
    // SAFETY: to set the default action installs no handler.
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }?;
    execvp(&words[0], words)
}
