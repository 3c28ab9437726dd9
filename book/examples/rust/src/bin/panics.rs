//! HAZARD, on purpose: a child that panics, and so removes what belongs to its parent. With
//! `--catch` it catches the panic, and ends.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{exit, id};

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
    let catch = std::env::args().any(|argument| argument == "--catch");
    let _folder = Folder; // made once, before the fork
    let mut tries = 0;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child if catch => {
            let result = catch_unwind(AssertUnwindSafe(|| panics(&mut tries)));
            exit(if result.is_ok() { 0 } else { 101 })
        }
        ForkResult::Child => panics(&mut tries),
        ForkResult::Parent { child } => {
            println!("process {}: {:?}", id(), waitpid(child, None)?);
            println!("process {}: I want to use the folder", id());
        }
    }
    Ok(())
}

fn panics(tries: &mut u32) {
    *tries += 1;
    panic!("on purpose, in try {tries}");
}
