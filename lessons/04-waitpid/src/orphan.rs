//! An orphan: a process whose parent has ended. It lives on, and another process adopts it.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::process::exit;

use lesson_cli::{Failure, say};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, getpid};

use crate::gated::{Gated, wait_at};
use crate::process::{Process, look};
use crate::status::describe;

pub(crate) fn show() -> Result<(), Failure> {
    adoption::offer()?;
    let (told, teller) = pipe().map_err(|error| Failure::system("pipe", error))?;
    // Child and grandchild block at the same gate, which opens when `child` goes out of scope.
    let child = Gated::fork_into(|gate| parent_of_orphan(gate, &teller))?;
    drop(teller);
    let (pid, orphan) = (child.pid, receive(&told)?);

    // Look first and print later: if Ctrl-C ends this program while it prints, nothing is left.
    let before = look(orphan);
    kill(pid, Signal::SIGTERM).map_err(|errno| Failure::system("kill", errno))?;
    let status = waitpid(pid, None).map_err(|errno| Failure::system("waitpid", errno))?;
    let after = look(orphan);
    drop(child);
    let end = adoption::wait_for(orphan, told)?;

    let seen = |process: Option<Process>| process.map_or("gone".into(), |p| p.to_string());
    say!("I am {}; I forked {pid}, and {pid} forked {orphan}.", getpid());
    say!("{orphan:<7} before:    {}", seen(before));
    say!("{pid:<7} killed:    {}", describe(status));
    say!("{orphan:<7} after:     {}", seen(after));
    say!("{orphan:<7} finally:   {end}");
    say!("{}", adoption::BY_WHOM);
    Ok(())
}

/// What the child does: it forks the process that will be an orphan, sends its PID, and waits.
fn parent_of_orphan(gate: PipeReader, teller: &PipeWriter) -> i32 {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() } {
        Err(errno) => send(teller, -(errno as i32)),
        Ok(ForkResult::Child) => {
            wait_at(gate);
            exit(0)
        }
        Ok(ForkResult::Parent { child }) => send(teller, child.as_raw()),
    }
    wait_at(gate);
    0
}

/// Sends the grandparent a PID, or the error of the fork as a negative number.
fn send(mut teller: &PipeWriter, number: i32) {
    // If the grandparent is gone, no process needs the number any more.
    let _ = teller.write_all(&number.to_ne_bytes());
}

fn receive(mut told: &PipeReader) -> Result<Pid, Failure> {
    let mut bytes = [0; 4];
    told.read_exact(&mut bytes).map_err(|error| Failure::system("asking for the PID", error))?;
    match i32::from_ne_bytes(bytes) {
        pid @ 1.. => Ok(Pid::from_raw(pid)),
        errno => Err(Failure::system("the child's fork", Errno::from_raw(-errno))),
    }
}

/// On Linux a process may ask to be the one that adopts all orphans among its descendants.
#[cfg(target_os = "linux")]
mod adoption {
    use super::{Errno, Failure, Pid, PipeReader, describe, waitpid};

    pub(super) const BY_WHOM: &str = "\
I am the new parent, because I asked to adopt (man 2 PR_SET_CHILD_SUBREAPER).
Otherwise it would be the nearest ancestor that asked, or init, process 1.";

    pub(super) fn offer() -> Result<(), Failure> {
        let offered = nix::sys::prctl::set_child_subreaper(true);
        offered.map_err(|errno: Errno| Failure::system("becoming a subreaper", errno))
    }

    pub(super) fn wait_for(orphan: Pid, _: PipeReader) -> Result<String, Failure> {
        let status = waitpid(orphan, None);
        let status = status.map_err(|errno| Failure::system("waiting for the orphan", errno))?;
        Ok(format!("{}; as its new parent, I could wait for it", describe(status)))
    }
}

/// Elsewhere init adopts, and waits.
#[cfg(not(target_os = "linux"))]
mod adoption {
    use super::{Failure, Pid, PipeReader, Read};

    pub(super) const BY_WHOM: &str = "The new parent is init, process 1, which waits for it.";

    pub(super) fn offer() -> Result<(), Failure> {
        Ok(())
    }

    /// The orphan holds the last copy of the pipe's write end, so end-of-file means that it ended.
    pub(super) fn wait_for(_: Pid, mut told: PipeReader) -> Result<String, Failure> {
        let read = told.read_to_end(&mut Vec::new());
        read.map_err(|error| Failure::system("waiting for the orphan", error))?;
        Ok("has ended".to_owned())
    }
}
