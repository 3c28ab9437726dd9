//! HAZARD, on purpose: one of two tasks crashes, in a thread or in a process of its own.

use std::io;
use std::process::{abort, exit, id};
use std::thread;

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?; // a core file would be written into this folder
    println!("main {}: I start two tasks", id());
    let how = std::env::args().nth(1);
    if how.as_deref() == Some("thread") {
        in_threads();
    } else {
        in_processes()?;
    }
    println!("main {}: I still have the result of the other task", id());
    Ok(())
}

fn in_threads() {
    for number in [1, 2] {
        let ended = thread::spawn(move || task(number)).join();
        println!("main {}: task {number} ended: {ended:?}", id());
    }
}

fn in_processes() -> io::Result<()> {
    for number in [1, 2] {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => {
                task(number);
                exit(0);
            }
            ForkResult::Parent { child } => {
                println!("main {}: task {number} ended: {:?}", id(), waitpid(child, None)?);
            }
        }
    }
    Ok(())
}

/// The second task aborts, as a stack overflow does, or a lack of memory, or bad C code.
fn task(number: u32) {
    if number == 2 {
        abort();
    }
}
