//! HAZARD: an addition by a load and a store. Parent and child share a number, and each adds 1.
//! The child loads, then its parent adds, then the child stores. With `--fetch-add` each adds in
//! one step, and nothing can happen in between.

use std::io::{self, PipeReader, PipeWriter, Read};
use std::num::NonZeroUsize;
use std::process::exit;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let in_one_step = std::env::args().any(|argument| argument == "--fetch-add");
    let number = shared_number()?;
    let (child_gate, child_opener) = io::pipe()?;
    let (parent_gate, parent_opener) = io::pipe()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(child_opener);
            let there = if in_one_step {
                number.fetch_add(1, Ordering::Relaxed)
            } else {
                number.load(Ordering::Relaxed)
            };
            let passed = pass(parent_opener, child_gate); // the parent adds in the meantime
            if !in_one_step {
                number.store(there + 1, Ordering::Relaxed);
            }
            exit(if passed.is_ok() { 0 } else { 1 })
        }
        ForkResult::Parent { child } => {
            drop((parent_opener, child_gate));
            wait_at(parent_gate)?;
            number.fetch_add(1, Ordering::Relaxed);
            drop(child_opener);
            waitpid(child, None)?;
            println!("after 2 additions of 1, the number is {}", number.load(Ordering::Relaxed));
        }
    }
    Ok(())
}

/// A number that a fork does not copy.
fn shared_number() -> io::Result<&'static AtomicU32> {
    let length = NonZeroUsize::MIN.saturating_add(4095);
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: no address is asked for, so no memory that is in use is replaced.
    let memory = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }?;
    // SAFETY: the pages are zero, aligned, are never unmapped, and only atomics touch them.
    Ok(unsafe { memory.cast().as_ref() })
}

/// Opens the other process's gate, and waits at our own.
fn pass(opener: PipeWriter, gate: PipeReader) -> io::Result<()> {
    drop(opener);
    wait_at(gate)
}

/// Waits until no process holds the other end of `gate`.
fn wait_at(mut gate: PipeReader) -> io::Result<()> {
    gate.read_to_end(&mut Vec::new()).map(drop)
}
