//! HAZARD: a sleep instead of a wait. The parent sleeps, and assumes that its child is done by
//! then. Here the child does not get to run in that time, as may happen on a busy machine: it
//! stops itself first thing, until its parent lets it continue.

use std::io;
use std::process::exit;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, raise};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let stopped = raise(Signal::SIGSTOP);
            println!("child:  I begin");
            exit(if stopped.is_ok() { 0 } else { 1 })
        }
        ForkResult::Parent { child } => {
            sleep();
            println!("parent: I have slept, so my child must be done");
            waitpid(child, Some(WaitPidFlag::WUNTRACED))?; // it has stopped
            kill(child, Signal::SIGCONT)?;
            waitpid(child, None)?;
            println!("parent: I have waited, so my child is done");
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "what a sleep does not do is the subject")]
fn sleep() {
    thread::sleep(Duration::from_millis(100));
}
