//! Change this file as you like: `cargo coach run predict` runs it, without checks.
//!
//! Try a program of the exercise here. This is the first one: is what it prints in your list? (A
//! run shows one output of those that are possible.)

use std::process::exit;

use exercises::predict::one_child;
use nix::unistd::{ForkResult::Child, fork};

fn main() -> std::io::Result<()> {
    println!("your list: {:?}", one_child());
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    if let Child = unsafe { fork()? } {
        println!("child");
        exit(0);
    }
    println!("parent");
    nix::sys::wait::wait()?; // so that the shell prompt appears after both lines
    Ok(())
}
