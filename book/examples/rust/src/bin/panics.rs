//! HAZARD, on purpose: a child that panics, and so removes what belongs to its parent.

use std::io;
use std::process::id;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

/// Represents something that must be removed once: a temporary folder, a lock file.
struct Folder;

impl Drop for Folder {
    fn drop(&mut self) {
        println!("process {}: I remove the folder", id());
    }
}

fn main() -> io::Result<()> {
    let _folder = Folder; // made once, before the fork
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => panic!("on purpose"),
        ForkResult::Parent { child } => {
            println!("process {}: {:?}", id(), waitpid(child, None)?);
            println!("process {}: I want to use the folder", id());
        }
    }
    Ok(())
}
