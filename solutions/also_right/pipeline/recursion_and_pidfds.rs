//! A function that starts the last program first calls itself for those before it, and the ends are
//! waited for with pidfds.
//!
//! only: linux

use std::ffi::CString;
use std::io::pipe;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, execvp, fork};

struct Program {
    pid: Pid,
    pidfd: OwnedFd,
}

pub fn run_pipeline(commands: &[&[&str]]) -> nix::Result<Vec<WaitStatus>> {
    let mut programs = Vec::new();
    let started = start(commands, None, &mut programs);
    programs.reverse();
    let statuses: Vec<_> = programs.iter().map(wait_for).collect();
    started?;
    statuses.into_iter().collect()
}

fn start(commands: &[&[&str]], output: Option<OwnedFd>, programs: &mut Vec<Program>) -> nix::Result<()> {
    let [others @ .., last] = commands else { return Ok(()) };
    let pair = match others {
        [] => None,
        _ => Some(pipe().map_err(|error| Errno::from_raw(error.raw_os_error().unwrap()))?),
    };
    let (reader, writer) = pair.map_or((None, None), |(a, b)| (Some(a), Some(b)));
    match unsafe { fork()? } {
        ForkResult::Child => {
            let words: Vec<_> = last.iter().map(|word| CString::new(*word).unwrap()).collect();
            if let Some(reader) = reader {
                let _ = dup2_stdin(reader);
            }
            if let Some(output) = output {
                let _ = dup2_stdout(output);
            }
            let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
            let _ = execvp(&words[0], &words);
            unsafe { libc::_exit(127) }
        }
        ForkResult::Parent { child } => {
            let pidfd = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
            let pidfd = unsafe { OwnedFd::from_raw_fd(Errno::result(pidfd)? as i32) };
            programs.push(Program { pid: child, pidfd });
        }
    }
    drop((reader, output));
    start(others, writer.map(OwnedFd::from), programs)
}

fn wait_for(program: &Program) -> nix::Result<WaitStatus> {
    loop {
        match waitid(Id::PIDFd(program.pidfd.as_fd()), WaitPidFlag::WEXITED) {
            Err(Errno::EINTR) => {}
            Ok(WaitStatus::Exited(_, status)) => return Ok(WaitStatus::Exited(program.pid, status)),
            result => return result,
        }
    }
}
