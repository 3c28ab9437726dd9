//! An `Arc<Mutex<…>>` is for threads: a fork copies what it points to.

use std::io;
use std::process::exit;
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let shared = Arc::new(Mutex::new(1));
    let say = |who: &str| {
        let number = shared.lock().unwrap_or_else(PoisonError::into_inner);
        println!("{who}: {} at address {:p}", *number, &raw const *number);
    };
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            *shared.lock().unwrap_or_else(PoisonError::into_inner) = 2;
            say("child ");
            exit(0);
        }
        ForkResult::Parent { child } => {
            waitpid(child, None)?;
            say("parent");
        }
    }
    Ok(())
}
