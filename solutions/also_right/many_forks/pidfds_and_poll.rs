//! A descriptor for each child becomes readable when that child has ended: poll waits for all of them, and
//! no other child is ever reaped.
//!
//! only: linux

use std::io::{Write, stdout};
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

struct Running {
    number: usize,
    pid: Pid,
    ends: OwnedFd,
}

pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let _ = stdout().flush();
    let mut running = Vec::new();
    let mut forked = Ok(());
    for number in 0..count {
        // SAFETY: this process has one thread; the checks see to that.
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                exit(catch_unwind(AssertUnwindSafe(|| work(number))).unwrap_or(101).into())
            }
            Ok(ForkResult::Parent { child }) => running.push((number, child)),
            Err(error) => {
                forked = Err(error);
                break;
            }
        }
    }
    let running = running.into_iter().map(|(number, pid)| Ok(Running { number, pid, ends: open(pid)? }));
    let mut running = running.collect::<nix::Result<Vec<Running>>>()?;
    let mut ended = Vec::new();
    while let Some(place) = next(&running)? {
        let Running { number, pid, .. } = running.remove(place);
        ended.push((number, waitpid(pid, None)?));
    }
    forked.map(|()| ended)
}

fn open(child: Pid) -> nix::Result<OwnedFd> {
    // SAFETY: takes numbers only.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
    // SAFETY: the kernel has just made it for us.
    Errno::result(descriptor).map(|fd| unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// The place of one that has ended; `None` if there are none.
fn next(running: &[Running]) -> nix::Result<Option<usize>> {
    if running.is_empty() {
        return Ok(None);
    }
    let ends = running.iter().map(|child| PollFd::new(child.ends.as_fd(), PollFlags::POLLIN));
    let mut ends: Vec<PollFd> = ends.collect();
    poll(&mut ends, PollTimeout::NONE)?;
    Ok(ends.iter().position(|end| end.any() == Some(true)))
}
