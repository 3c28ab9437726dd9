//! Threads that need longer than usual to continue after a wait, so that it shows whether a function
//! returns before they have ended.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::thread::sleep;
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::{getpid, gettid};

/// How long a thread is held up after each wait.
const TIME: Duration = Duration::from_millis(100);

static HOLDS: AtomicBool = AtomicBool::new(false);

/// How many threads wait, or are held up after a wait.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// As long as this value lives, threads are held up.
#[derive(Debug)]
#[must_use = "threads are held up only as long as this value lives"]
pub struct HeldUp(());

/// Holds up each thread of this process except the first one, whenever std has let it wait for a
/// lock, a channel or another thread.
pub fn hold_up_threads() -> HeldUp {
    HOLDS.store(true, Release);
    HeldUp(())
}

impl HeldUp {
    /// How many threads have not come to their ends, because they wait or are held up.
    pub fn count(&self) -> usize {
        THREADS.load(Acquire)
    }
}

impl Drop for HeldUp {
    fn drop(&mut self) {
        HOLDS.store(false, Release);
    }
}

/// Makes the call, which lets a thread wait, and holds the thread up afterwards.
pub(super) fn waiting<R>(wait: impl FnOnce() -> R) -> R {
    if !HOLDS.load(Acquire) || gettid() == getpid() {
        return wait();
    }
    THREADS.fetch_add(1, AcqRel);
    let result = wait();
    let error = Errno::last_raw();
    #[expect(clippy::disallowed_methods, reason = "the thread is late on purpose")]
    sleep(TIME);
    Errno::set_raw(error);
    THREADS.fetch_sub(1, AcqRel);
    result
}
