//! HAZARD: a `std::sync::Mutex` in memory that two processes share. The child unlocks it, and on
//! Linux its sleeping parent is never woken: std wakes the threads of its own process only.

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::process::exit;
use std::sync::Mutex;

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::unistd::{ForkResult, Pid, fork, getppid};

fn main() -> io::Result<()> {
    let mutex = shared_mutex()?;
    let (mut locked, told) = io::pipe()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            exit(if lock_until_the_parent_sleeps(mutex, &told).is_ok() { 0 } else { 1 })
        }
        ForkResult::Parent { .. } => {
            drop(told);
            locked.read_exact(&mut [0])?;
            println!("the child has locked the mutex; I lock it too");
            let guard = mutex.lock();
            println!("I have locked it: {}", guard.is_ok());
            Ok(())
        }
    }
}

/// Unlocks the mutex as soon as the parent sleeps, which it does in `lock` and nowhere else.
fn lock_until_the_parent_sleeps(mutex: &Mutex<u32>, mut told: impl Write) -> io::Result<()> {
    let guard = mutex.lock();
    let parent = getppid();
    told.write_all(b"!")?;
    while parent == getppid() && !sleeps_in_futex(parent) {
        std::thread::yield_now();
    }
    println!("the parent sleeps; I unlock the mutex and end");
    drop(guard);
    Ok(())
}

/// Whether the process is in the system call `futex`.
#[cfg(target_os = "linux")]
fn sleeps_in_futex(process: Pid) -> bool {
    let call = std::fs::read_to_string(format!("/proc/{process}/syscall")).unwrap_or_default();
    call.starts_with(&format!("{} ", nix::libc::SYS_futex))
}

/// Elsewhere there is no `/proc` to read, and no futex.
#[cfg(not(target_os = "linux"))]
fn sleeps_in_futex(_: Pid) -> bool {
    true
}

/// HAZARD: std does not promise that a mutex works there.
fn shared_mutex() -> io::Result<&'static Mutex<u32>> {
    let length = NonZeroUsize::MIN.saturating_add(4095);
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: without MAP_FIXED the kernel chooses an address where nothing is mapped yet.
    let memory = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }?;
    let mutex = memory.cast::<Mutex<u32>>();
    // SAFETY: the page is aligned, may be written, and no process refers to it yet.
    unsafe { mutex.write(Mutex::new(0)) };
    // SAFETY: the mutex was written above and is never unmapped.
    Ok(unsafe { mutex.as_ref() })
}
