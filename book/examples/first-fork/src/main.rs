//! The smallest program that forks, waits, and prints the child's status.

use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> nix::Result<()> {
    let mut apples = 1;
    // SAFETY: this process has one thread, so no other thread can hold a lock at the fork.
    match unsafe { fork() }? {
        ForkResult::Child => {
            apples += 1;
            println!("child: {apples} apples");
            exit(3);
        }
        ForkResult::Parent { child } => {
            println!("parent: {:?}", waitpid(child, None)?);
            println!("parent: {apples} apple");
        }
    }
    Ok(())
}
