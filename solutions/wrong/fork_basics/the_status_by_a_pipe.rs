//! Makes the status of a byte that comes through a pipe, however the child ended afterwards.
//!
//! base: reference
//! verdict: check failed
//! check: how_the_child_has_really_ended
//! says: Killed

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Runs `work` in a child process and returns how the child ended.
///
/// # Errors
///
/// Fails if the fork fails.
pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    use std::io::{Read, Write};
    let (mut reader, mut writer) = std::io::pipe().map_err(|_| nix::errno::Errno::EMFILE)?;
    match unsafe { fork()? } {
        ForkResult::Child => {
            // A panic must not unwind past this point, into the parent's frames.
            let status = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            let _ = writer.write_all(&[status]);
            std::process::exit(i32::from(status)) // of type `!`, so this arm never returns
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let mut byte = [0];
            let read = reader.read_exact(&mut byte);
            let status = waitpid(child, None)?;
            Ok(if read.is_ok() { WaitStatus::Exited(child, byte[0].into()) } else { status })
        }
    }
}
