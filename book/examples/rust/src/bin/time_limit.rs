//! Two children and a time limit: one is in time, the other is killed. Both are reaped.

use std::io;
use std::os::fd::AsFd;
use std::process::exit;
use std::thread::{park, sleep};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    run_within(10_000, work)?;
    run_within(100, || {
        loop {
            park(); // never ends
        }
    })
}

/// Runs `task` in a child, for at most `limit` milliseconds.
fn run_within(limit: u16, task: fn()) -> io::Result<()> {
    // The child has the only copy of the write end, which is closed when it ends.
    let (ended, writer) = io::pipe()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            task();
            exit(0)
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let in_time = poll(&mut [PollFd::new(ended.as_fd(), PollFlags::POLLIN)], limit)? > 0;
            if !in_time {
                kill(child, Signal::SIGKILL)?;
            }
            println!("parent: in time: {in_time}; {:?}", waitpid(child, None)?);
            Ok(())
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work() {
    sleep(Duration::from_millis(20));
}
