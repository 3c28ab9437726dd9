//! Waiting for the next stop of a tracee, and resuming it.
//!
//! Two calls are made without nix, because it knows no real-time signals: its `waitpid` would
//! give an error and lose the stop of a program that is sent one.

use nix::errno::Errno;
use nix::libc::{self, c_int};
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

/// Why a tracee has stopped, or that it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Exited {
        code: u8,
    },
    Killed {
        signal: c_int,
        core: bool,
    },
    /// One of the events that were asked for, PTRACE_EVENT_….
    Event(c_int),
    /// The first stop of a new tracee, or the end of a group-stop.
    Trap,
    /// The process is stopped, as by Ctrl-Z.
    Group {
        signal: c_int,
    },
    /// The tracee is about to get a signal.
    Signal(c_int),
    /// The tracee enters or leaves a system call.
    Syscall,
}

/// How a tracee is resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resume {
    /// To the next event.
    Run,
    /// To the beginning or end of a system call, too.
    ToSyscall,
    /// Not at all: it stays stopped until it gets SIGCONT.
    Listen,
}

/// The next stop or end of a tracee, if there is one already.
pub(super) fn at_hand() -> Result<Option<(Pid, Stop)>, Errno> {
    wait(libc::WNOHANG)
}

/// Waits until any tracee stops or ends.
pub(super) fn next() -> Result<(Pid, Stop), Errno> {
    loop {
        if let Some(stop) = wait(0)? {
            return Ok(stop);
        }
    }
}

/// The next stop; with WNOHANG none if there is none yet.
fn wait(options: c_int) -> Result<Option<(Pid, Stop)>, Errno> {
    let mut status = 0;
    #[expect(clippy::disallowed_methods, reason = "nix knows no real-time signals")]
    // SAFETY: the pointer is to a c_int that lives through the call.
    let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL | options) };
    let pid = Errno::result(pid)?;
    Ok((pid != 0).then(|| (Pid::from_raw(pid), decode(status))))
}

fn decode(status: c_int) -> Stop {
    if libc::WIFEXITED(status) {
        return Stop::Exited { code: u8::try_from(libc::WEXITSTATUS(status)).unwrap_or(u8::MAX) };
    }
    if libc::WIFSIGNALED(status) {
        return Stop::Killed { signal: libc::WTERMSIG(status), core: libc::WCOREDUMP(status) };
    }
    match (libc::WSTOPSIG(status), status >> 16) {
        (libc::SIGTRAP, libc::PTRACE_EVENT_STOP) => Stop::Trap,
        (signal, libc::PTRACE_EVENT_STOP) => Stop::Group { signal },
        // PTRACE_O_TRACESYSGOOD sets this bit, which tells it from a SIGTRAP that was sent.
        (signal, 0) if signal == libc::SIGTRAP | 0x80 => Stop::Syscall,
        (signal, 0) => Stop::Signal(signal),
        (_, event) => Stop::Event(event),
    }
}

/// Resumes `pid`, and delivers the signal unless it is 0.
///
/// A `pid` that does not exist any more is no error: SIGKILL ends a tracee in any stop, and its
/// end is reported next.
pub(super) fn resume(pid: Pid, how: Resume, signal: c_int) {
    let request = match how {
        Resume::Run => libc::PTRACE_CONT,
        Resume::ToSyscall => libc::PTRACE_SYSCALL,
        Resume::Listen => libc::PTRACE_LISTEN,
    };
    let signal = usize::try_from(signal).unwrap_or(0);
    let nowhere = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: these requests take a number and touch no memory of this process.
    unsafe { libc::ptrace(request, pid.as_raw(), nowhere, signal) };
}

/// The process that sent the signal for which `pid` has stopped, if a process did.
pub(super) fn sender(pid: Pid) -> Option<u32> {
    let info = ptrace::getsiginfo(pid).ok()?;
    let sent = [libc::SI_USER, libc::SI_TKILL, libc::SI_QUEUE].contains(&info.si_code);
    // SAFETY: signals that a process sent have this member.
    let from = sent.then(|| unsafe { info.si_pid() })?;
    u32::try_from(from).ok().filter(|from| *from != 0)
}

/// The name of a signal, such as SIGTERM; real-time signals have numbers only.
pub(crate) fn name(signal: c_int) -> String {
    match Signal::try_from(signal) {
        Ok(signal) => signal.as_str().to_owned(),
        Err(_) if signal >= libc::SIGRTMIN() => format!("SIGRTMIN+{}", signal - libc::SIGRTMIN()),
        Err(_) => format!("signal {signal}"),
    }
}
