//! A gate between processes: who waits at it goes on when another process opens it. It is a pipe
//! with bytes in it, so no time is involved.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};

/// Made before the fork, and then used by any process. Each opening lets one process through.
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
