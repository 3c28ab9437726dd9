//! Many children at once. A run shows:
//!
//! * the parent forks N children one after the other, and says each PID as it learns it;
//! * each child knows which one it is, because it has a copy of the loop's counter;
//! * each child leaves the loop by ending: one that went on would fork children of its own;
//! * the parent waits once for every child, and learns them in the order in which they *end*.
//!
//! Run it a few times: the lines change places, since nothing but the wait orders the processes.

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

  N        how many children, 0 to 100 (default 3)
  --help   show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let count: u8 = args.number("N", 0..=100)?.unwrap_or(3);
    args.finish()?;

    let forked = fork_children(count);
    forked.and(wait_for_all()) // it waits in any case: also for those before a failed fork
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

/// The life of one child. It never returns, so it cannot get back into the parent's loop.
fn child(number: u8, count: u8) -> ! {
    say!("child {number}: PID {}, my parent is {}", getpid(), getppid());
    work_for(Duration::from_millis(300) * u32::from(count - number) / u32::from(count));
    exit(number.into())
}

/// Stands for work, most for the first child, so that they hardly end in the order of the forks.
#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work_for(time: Duration) {
    thread::sleep(time);
}

/// One `wait` gives one child, the next to end. When there is none left, it says ECHILD.
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
