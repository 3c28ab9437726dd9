//! A parent that works and asks now and then, with WNOHANG, whether its child has ended.

use std::process::exit;
use std::thread;
use std::time::Duration;

use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

fn main() -> nix::Result<()> {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            work_for(50);
            exit(7)
        }
        ForkResult::Parent { child } => {
            while waitpid(child, Some(WaitPidFlag::WNOHANG))? == WaitStatus::StillAlive {
                println!("parent: not yet, so I continue with my own work");
                work_for(15);
            }
            println!("parent: now it has ended, and is reaped");
            Ok(())
        }
    }
}

/// Milliseconds.
#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work_for(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}
