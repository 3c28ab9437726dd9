//! A worker: one item after the other, until none is left or it is told to stop.

use std::io::PipeWriter;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use lesson_cli::{complain, say};
use nix::sys::signal::Signal::{SIGINT, SIGTERM};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, sigaction};

/// Set by the handler, read between two items.
static STOP: AtomicBool = AtomicBool::new(false);

/// All that a handler should do: a store into an atomic is allowed everywhere.
extern "C" fn stop(_signal: i32) {
    STOP.store(true, Ordering::Relaxed);
}

/// What worker `number` does. With `busy`, its second item lasts until it is told to stop, and
/// it closes `busy` when it has begun that item.
pub(crate) fn work(number: u32, items: u32, mut busy: Option<PipeWriter>) -> ! {
    let lasts_until_told = busy.is_some();
    if let Err(errno) = prepare_signals() {
        complain(&format!("worker {number}: {errno}\n"));
        exit(1);
    }
    let mut done = 0;
    while done < items && !STOP.load(Ordering::Relaxed) {
        say!("worker {number}: item {} begun", done + 1);
        if done == 1 {
            drop(busy.take());
        }
        process_item(lasts_until_told && done == 1);
        done += 1;
        say!("worker {number}: item {done} done");
    }
    say!("worker {number}: {done} of {items} items done, none left half done");
    exit(0)
}

/// The terminal's SIGINT is left to the parent. SIGTERM, which the parent sends, sets a flag;
/// system calls that it interrupts are restarted.
fn prepare_signals() -> nix::Result<()> {
    let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
    // SAFETY: to ignore a signal runs no code of this program.
    unsafe { sigaction(SIGINT, &ignore) }?;
    let set_flag = SigAction::new(SigHandler::Handler(stop), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler stores into an atomic, and nothing else.
    unsafe { sigaction(SIGTERM, &set_flag) }?;
    SigSet::empty().thread_set_mask() // inherited from the parent, which blocks them
}

/// Simulates an item that must not be left half done.
#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn process_item(lasts_until_told: bool) {
    loop {
        thread::sleep(Duration::from_millis(50));
        if !lasts_until_told || STOP.load(Ordering::Relaxed) {
            return;
        }
    }
}
