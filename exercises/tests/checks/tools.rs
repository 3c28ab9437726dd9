//! What several suites need: gates between processes, and children that end badly.
#![allow(dead_code, clippy::allow_attributes, reason = "no suite uses all of it")]

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::process;

use nix::sys::signal::{Signal, raise};

/// Who waits at it goes on when another process opens it; each opening lets one process through.
/// Made before the fork, then used by any process. It is a pipe with bytes in it, so no time is
/// involved.
pub(crate) struct Gate {
    exit: PipeReader,
    entrance: PipeWriter,
}

impl Gate {
    pub(crate) fn new() -> Gate {
        let (exit, entrance) = pipe().expect("a pipe for the check");
        Gate { exit, entrance }
    }

    /// So many gates.
    pub(crate) fn row<const COUNT: usize>() -> [Gate; COUNT] {
        std::array::from_fn(|_| Gate::new())
    }

    /// Lets one process through, now or later.
    pub(crate) fn open(&self) {
        (&self.entrance).write_all(b".").expect("a byte into the check's pipe");
    }

    /// Waits for an opening.
    pub(crate) fn wait(&self) {
        (&self.exit).read_exact(&mut [0]).expect("a byte from the check's pipe");
    }
}

/// Nobody passes before all have come.
pub(crate) struct Barrier<const COUNT: usize>([Gate; COUNT]);

impl<const COUNT: usize> Barrier<COUNT> {
    pub(crate) fn new() -> Self {
        Barrier(Gate::row())
    }

    /// Number `who` has come, and waits for the others. Each passes once.
    pub(crate) fn pass(&self, who: usize) {
        self.0.iter().for_each(Gate::open);
        (0..COUNT).for_each(|_| self.0[who].wait());
    }
}

/// Ends this process by SIGKILL, which nothing can catch.
pub(crate) fn die() -> ! {
    let _ = raise(Signal::SIGKILL);
    process::abort()
}

/// A panic of the work, and not of a check's assertion: those have their place in the suite.
pub(crate) fn panic_on_purpose() -> ! {
    panic!("on purpose")
}
