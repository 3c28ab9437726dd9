//! Many children at once. A run shows:
//!
//! * the parent forks N children one after the other, and prints each PID as soon as it knows it;
//! * each child knows which one it is, because it has its own copy of the loop counter;
//! * each child exits inside the loop; if it continued, it would fork children of its own;
//! * the parent waits once for each child, and `wait` reports each child as it ends.
//!
//! Run it a few times: the order of the lines changes, because only the wait orders the processes.

use std::process::{ExitCode, exit};
use std::thread;
use std::time::Duration;

use lesson_cli::{Args, Failure, say};
use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, fork, getpid, getppid};

const USAGE: &str = "\
Many children at once, and the order in which they end.

Usage: lesson-many-forks [N]
Example: cargo run -p lesson-many-forks -- 8

  N        number of children, 0 to 100 (default 3)
  --help   show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let count: u8 = args.number("N", 0..=100)?.unwrap_or(3);
    args.finish()?;

    let forked = fork_children(count);
    forked.and(wait_for_all()) // waits even if a fork failed, for the children forked before it
}

fn fork_children(count: u8) -> Result<(), Failure> {
    for number in 1..=count {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() } {
            Err(errno) => return Err(Failure::system(format!("fork number {number}"), errno)),
            Ok(ForkResult::Child) => child(number, count),
            Ok(ForkResult::Parent { child }) => {
                say!("parent {}: forked child {number}, PID {child}", getpid());
            }
        }
    }
    Ok(())
}

/// What one child does. It never returns, so it cannot get back into the parent's loop.
fn child(number: u8, count: u8) -> ! {
    say!("child {number}: PID {}, my parent is {}", getpid(), getppid());
    work_for(Duration::from_millis(300) * u32::from(count - number) / u32::from(count));
    exit(number.into())
}

/// Simulates work, longest for the first child, so that the children rarely end in fork order.
#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work_for(time: Duration) {
    thread::sleep(time);
}

/// One `wait` reaps one child, the next to end. If none is left, it fails with ECHILD.
fn wait_for_all() -> Result<(), Failure> {
    loop {
        match wait() {
            Ok(WaitStatus::Exited(pid, code)) => {
                say!("parent {}: PID {pid} ended with exit status {code}", getpid());
            }
            Ok(status) => say!("parent {}: {status:?}", getpid()),
            Err(Errno::ECHILD) => return Ok(()),
            Err(errno) => return Err(Failure::system("wait", errno)),
        }
    }
}
