//! Starting the program behind the filter.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, signal, sigprocmask};
use nix::unistd::{ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout, execv, fork, setsid};

use crate::calls::table;
use crate::error::Error;
use crate::program::{Command, Program};
use crate::sys::{self, Listener, PidFd};

/// A word in memory that a worker shares with the program's first process, until that runs.
///
/// The process has to say which descriptor its listener is. Every call that could carry the
/// number is already behind the filter, and nothing answers it yet; memory is not.
#[derive(Debug)]
pub(crate) struct Word(NonNull<AtomicI32>);

impl Word {
    pub(crate) fn new() -> Result<Self, Error> {
        let length = std::num::NonZeroUsize::MIN.saturating_add(4_095);
        let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping, which nothing else refers to and which is never unmapped.
        let page = unsafe { mmap_anonymous(None, length, protection, MapFlags::MAP_SHARED) };
        page.map(|page| Word(page.cast())).map_err(|errno| Error::system("shared memory", errno))
    }

    fn get(&self) -> &AtomicI32 {
        // SAFETY: the page is mapped as long as the process lives, and holds zeros at first.
        unsafe { self.0.as_ref() }
    }

    /// Sets the value and wakes the process that waits for it.
    fn set(&self, value: i32) {
        self.get().store(value, Ordering::Release);
        // SAFETY: FUTEX_WAKE takes the address of an aligned word, and two numbers.
        unsafe { libc::syscall(libc::SYS_futex, self.0.as_ptr(), libc::FUTEX_WAKE, 1) };
    }

    /// Waits until the value is not zero, or `handle`'s process has ended.
    fn wait(&self, handle: &PidFd) -> i32 {
        let moment = libc::timespec { tv_sec: 0, tv_nsec: 50_000_000 };
        loop {
            let value = self.get().load(Ordering::Acquire);
            if value != 0 || handle.has_ended() {
                return value;
            }
            let (word, wait) = (self.0.as_ptr(), libc::FUTEX_WAIT);
            // SAFETY: FUTEX_WAIT takes the address of an aligned word, its expected value, and
            // the address of a time that lives through the call.
            unsafe { libc::syscall(libc::SYS_futex, word, wait, 0, &raw const moment) };
        }
    }
}

/// The program's first process, which runs up to its first visible call.
#[derive(Debug)]
pub(crate) struct Launched {
    pub(crate) pid: Pid,
    pub(crate) handle: PidFd,
    pub(crate) listener: Listener,
}

/// What the program's first process is given.
pub(crate) struct Surroundings<'a> {
    pub(crate) word: &'a Word,
    /// Standard output and standard error.
    pub(crate) output: &'a OwnedFd,
    /// Standard input.
    pub(crate) input: &'a OwnedFd,
    /// Where it runs, if not where the caller does.
    pub(crate) folder: Option<&'a Path>,
    /// Descriptors of the worker, which are none of the program's business.
    pub(crate) close: &'a [RawFd],
}

/// Forks the first process of `program` and takes hold of it.
pub(crate) fn launch(program: &Program, with: &Surroundings) -> Result<Launched, Error> {
    with.word.get().store(0, Ordering::Release);
    let mut filter = table::filter();
    // SAFETY: a worker has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() } {
        Err(errno) => Err(Error::system("fork", errno)),
        Ok(ForkResult::Child) => {
            let status = first_process(program, with, &mut filter);
            // SAFETY: it ends this process, and nothing after it runs.
            unsafe { libc::_exit(status) }
        }
        Ok(ForkResult::Parent { child }) => take_hold(child, with.word),
    }
}

fn take_hold(pid: Pid, word: &Word) -> Result<Launched, Error> {
    let handle = PidFd::open(pid).map_err(|error| Error::system("pidfd_open", error))?;
    match word.wait(&handle) {
        0 => Err(Error::Worker("the program's first process ended at once".to_owned())),
        refused if refused < 0 => {
            let reason = std::io::Error::from_raw_os_error(-refused);
            Err(Error::Unsupported(format!(
                "holding processes at their system calls needs seccomp user notification, as \
                 Linux has it since 5.19; this system says: {reason}"
            )))
        }
        number => {
            let listener = Listener::of(&handle, number - 1);
            let listener = listener.map_err(|error| Error::system("pidfd_getfd", error))?;
            Ok(Launched { pid, handle, listener })
        }
    }
}

/// What the program's first process does. It returns the exit status.
fn first_process(program: &Program, with: &Surroundings, filter: &mut [libc::sock_filter]) -> i32 {
    if prepare(with).is_err() {
        return 126;
    }
    let usual = matches!(program, Program::Command(_));
    if usual {
        // Rust's runtime ignores SIGPIPE, and exec would hand that on to the command.
        // SAFETY: to set the default action installs no handler.
        let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    }
    match sys::install_filter(filter) {
        Ok(listener) => {
            with.word.set(listener + 1);
            run(program, listener)
        }
        Err(error) => {
            with.word.set(-error.raw_os_error().unwrap_or(libc::ENOSYS));
            126
        }
    }
}

fn prepare(with: &Surroundings) -> nix::Result<()> {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
    setsid()?; // Ctrl-C is for the search, which then ends the program
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)?;
    dup2_stdin(with.input)?;
    dup2_stdout(with.output)?;
    dup2_stderr(with.output)?;
    sys::fix_addresses();
    if let Some(folder) = with.folder {
        nix::unistd::chdir(folder)?;
    }
    for fd in with.close {
        let _ = nix::unistd::close(*fd);
    }
    Ok(())
}

fn run(program: &Program, listener: RawFd) -> i32 {
    match program {
        Program::Command(command) => exec(command),
        Program::Function { function, .. } => {
            let _ = nix::unistd::close(listener);
            let status = catch_unwind(AssertUnwindSafe(function)).unwrap_or(101);
            let _ = std::io::Write::flush(&mut std::io::stdout());
            status
        }
    }
}

/// The listener closes itself in exec.
fn exec(command: &Command) -> i32 {
    let Err(errno) = execv(&command.file, &command.words);
    let text = format!("cannot run {}: {errno}\n", command.file.to_string_lossy());
    let _ = nix::unistd::write(std::io::stderr(), text.as_bytes());
    127
}

/// How long a process may compute between two visible steps.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The number of a descriptor, to be closed in the program.
pub(crate) fn number(fd: &impl AsRawFd) -> RawFd {
    fd.as_raw_fd()
}
