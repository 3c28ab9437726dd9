//! HAZARD, on purpose: two workers that do nothing about Ctrl-C.
//!
//! The program sends SIGINT to each of them, as the terminal sends it to every process of the
//! foreground group. The parent ignores it, so that it can report what happened to the workers.

use std::io::{self, PipeWriter, Read};
use std::process::exit;

use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, pause};

fn main() -> io::Result<()> {
    let (mut both_are_busy, busy) = io::pipe()?;
    let mut workers = Vec::new();
    for number in 1..=2 {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => work(number, busy),
            ForkResult::Parent { child } => workers.push(child),
        }
    }
    drop(busy);
    let _ = both_are_busy.read(&mut [0]); // end-of-file: nothing is written
    // SAFETY: to ignore a signal runs no code of this program.
    unsafe { signal(Signal::SIGINT, SigHandler::SigIgn) }?;
    for worker in &workers {
        kill(*worker, Signal::SIGINT)?;
    }
    for worker in workers {
        println!("parent: {:?}", waitpid(worker, None)?);
    }
    println!("parent: 4 items begun, 2 done");
    Ok(())
}

/// The second item lasts until a signal ends the worker.
fn work(number: u32, busy: PipeWriter) -> ! {
    println!("worker {number}: item 1 begun");
    println!("worker {number}: item 1 done");
    println!("worker {number}: item 2 begun");
    drop(busy);
    pause();
    println!("worker {number}: item 2 done");
    exit(0)
}
