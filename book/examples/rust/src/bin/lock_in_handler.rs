//! HAZARD, on purpose: a handler that needs a lock which the interrupted code holds.
//!
//! The handler uses `try_lock`, so that it can report. With `lock`, the process would wait for
//! itself for ever; and an allocation, a `println!` or a log line takes locks too.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{SigHandler, Signal, raise, signal};

static LIST: Mutex<u32> = Mutex::new(0);
static WAS_LOCKED: AtomicBool = AtomicBool::new(false);

extern "C" fn use_the_list(_signal: i32) {
    WAS_LOCKED.store(LIST.try_lock().is_err(), Ordering::Relaxed);
}

fn main() -> io::Result<()> {
    // SAFETY: the handler allocates nothing and does not wait; this is the hazard to be shown.
    unsafe { signal(Signal::SIGUSR1, SigHandler::Handler(use_the_list)) }?;
    raise(Signal::SIGUSR1)?;
    println!("signal between two uses: locked {}", WAS_LOCKED.load(Ordering::Relaxed));
    let list = LIST.lock();
    raise(Signal::SIGUSR1)?; // the handler runs on top of this function
    drop(list);
    println!("signal during a use:     locked {}", WAS_LOCKED.load(Ordering::Relaxed));
    Ok(())
}
