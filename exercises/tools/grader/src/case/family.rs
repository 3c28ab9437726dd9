//! Which child this process is. The fork hook keeps the numbers.

use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::*};

use super::real;

/// The process that the numbers below belong to, to tell a copy in a raw clone.
static OWNER: AtomicI32 = AtomicI32::new(0);

/// How many children this process has forked.
static FORKED: AtomicU32 = AtomicU32::new(0);

/// Which child of the test process it is; below 0 for all other processes.
static NUMBER: AtomicI32 = AtomicI32::new(-1);

/// How many children the process has forked.
pub(super) fn forked() -> u32 {
    if OWNER.load(Relaxed) == real::own_pid() { FORKED.load(Relaxed) } else { 0 }
}

/// Which child of the test process this process is, if its fork came through the hook.
pub(super) fn number() -> Option<u32> {
    let number = NUMBER.load(Relaxed);
    (OWNER.load(Relaxed) == real::own_pid()).then(|| number.try_into().ok())?
}

/// In the parent, after a fork.
pub(super) fn has_forked() {
    let forked = forked();
    OWNER.store(real::own_pid(), Relaxed);
    FORKED.store(forked + 1, Relaxed);
}

/// In the child, after a fork. `by_test_process` says whether its parent is the test process, and
/// `before` how many children that one had before.
pub(super) fn is_born(by_test_process: bool, before: u32) {
    OWNER.store(real::own_pid(), Relaxed);
    FORKED.store(0, Relaxed);
    let number = if by_test_process { before.cast_signed() } else { -1 };
    NUMBER.store(number, Relaxed);
}
