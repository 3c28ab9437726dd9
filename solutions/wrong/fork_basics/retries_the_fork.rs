//! Tries again until the fork works, however long there are too many processes.
//!
//! base: reference
//! verdict: check failed
//! says: got:    Ok(Exited
//! check: a_fork_that_fails_is_an_error

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    let forked = loop {
        match unsafe { fork() } {
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(5)),
            Ok(forked) => break forked,
        }
    };
    match forked {
        ForkResult::Child => {
            // A panic must not unwind past this point, into the parent's frames.
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            std::process::exit(i32::from(status)) // of type `!`, so this arm never returns
        }
        ForkResult::Parent { child } => waitpid(child, None), // this child and no other
    }
}
