//! Four ways to wait. Every child waits at a gate, so nothing here depends on speed.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use lesson_cli::{Failure, say};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitPidFlag, WaitStatus, wait, waitpid};
use nix::unistd::Pid;

use crate::gated::{Gated, wait_at};
use crate::status::describe;

pub(crate) fn show() -> Result<(), Failure> {
    for_one()?;
    for_any()?;
    without_blocking()?;
    with_a_limit()
}

/// `waitpid(pid)` waits for this child, no matter which others have ended.
fn for_one() -> Result<(), Failure> {
    let (mut first, mut second) = (Gated::fork(1)?, Gated::fork(2)?);
    first.open();
    second.open();
    let status = waitpid(second.pid, None).map_err(failed)?;
    let other = waitpid(first.pid, None).map_err(failed)?;
    say!("for one child:    waitpid({}): {}", second.pid, describe(status));
    say!("                  waitpid({}): {}", first.pid, describe(other));
    Ok(())
}

/// `wait()` reaps the next child to end, and fails with ECHILD when none is left.
fn for_any() -> Result<(), Failure> {
    let mut children = [Gated::fork(1)?, Gated::fork(2)?, Gated::fork(3)?];
    let mut title = "for any child:";
    for next in [1, 2, 0] {
        children[next].open();
        let status = wait().map_err(failed)?;
        let pid = status.pid().unwrap_or(children[next].pid);
        say!("{title:<16}  release {}; wait(): {pid}, {}", children[next].pid, describe(status));
        title = "";
    }
    match wait() {
        Err(Errno::ECHILD) => say!("                  wait(): ECHILD, no child is left"),
        other => say!("                  wait(): {other:?}"),
    }
    Ok(())
}

/// With WNOHANG, waitpid never blocks: it reports whether the child has ended yet.
fn without_blocking() -> Result<(), Failure> {
    let mut child = Gated::fork(4)?;
    let status = waitpid(child.pid, Some(WaitPidFlag::WNOHANG)).map_err(failed)?;
    say!("without blocking: waitpid({}, WNOHANG): {status:?}, so I continue", child.pid);
    child.open();
    let status = waitpid(child.pid, None).map_err(failed)?;
    say!("                  release it; waitpid({}): {}", child.pid, describe(status));
    Ok(())
}

/// No wait call takes a time limit, but `poll` does: it waits for a file descriptor that becomes
/// readable when the child has ended.
fn with_a_limit() -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    {
        let mut child = Gated::fork(5)?;
        let ended = pidfd_of(child.pid)?;
        say!("with a limit:     by pidfd (Linux)");
        try_twice(&mut child, ended.as_fd())?;
    }
    let (reader, writer) = std::io::pipe().map_err(|error| Failure::system("pipe", error))?;
    let mut child = Gated::fork_into(|gate| {
        wait_at(gate);
        6
    })?;
    // Now the child has the only copy of the write end; it is closed when the child ends.
    drop(writer);
    say!("with a limit:     by the end of a pipe (any Unix)");
    try_twice(&mut child, reader.as_fd())
}

/// Waits too briefly, releases the child, and then waits long enough.
fn try_twice(child: &mut Gated, ended: BorrowedFd) -> Result<(), Failure> {
    for limit in [Duration::from_millis(50), Duration::from_secs(10)] {
        let start = Instant::now();
        match wait_at_most(child.pid, ended, limit)? {
            None => say!("                  limit {limit:?}: {} has not ended", child.pid),
            Some(status) => {
                let (waited, words) = (start.elapsed(), describe(status));
                say!("                  limit {limit:?}: {words}, after {waited:.1?}");
            }
        }
        child.open();
    }
    Ok(())
}

/// Waits for `child`, whose end makes `ended` readable. `None` if it does not end within `limit`.
fn wait_at_most(
    child: Pid,
    ended: BorrowedFd,
    limit: Duration,
) -> Result<Option<WaitStatus>, Failure> {
    let start = Instant::now();
    loop {
        let left = limit.saturating_sub(start.elapsed());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(ended, PollFlags::POLLIN)], timeout) {
            Ok(0) => return Ok(None),
            // A process closes its files a moment before it has ended, so WNOHANG could be too early.
            Ok(_) => return waitpid(child, None).map(Some).map_err(failed),
            Err(Errno::EINTR) => {} // a handler ran: poll again, for the time that is left
            Err(errno) => return Err(Failure::system("poll", errno)),
        }
    }
}

/// A file descriptor that becomes readable when `child` has ended.
#[cfg(target_os = "linux")]
fn pidfd_of(child: Pid) -> Result<std::os::fd::OwnedFd, Failure> {
    use nix::libc::{SYS_pidfd_open, syscall};
    use std::os::fd::{FromRawFd, OwnedFd, RawFd};

    // SAFETY: pidfd_open takes two numbers, PID and flags, and no pointers.
    let fd = unsafe { syscall(SYS_pidfd_open, child.as_raw(), 0) };
    let fd = Errno::result(fd).map_err(|errno| Failure::system("pidfd_open", errno))?;
    let fd = RawFd::try_from(fd).expect("BUG: the kernel gave a file descriptor");
    // SAFETY: the kernel has just opened it for us, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn failed(errno: Errno) -> Failure {
    Failure::system("waiting for a child", errno)
}
