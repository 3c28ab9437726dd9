//! The two fences of a claim, which parent and worker must agree on.
//!
//! A fence costs the worker as much as everything else that it does for a short item. Linux offers
//! a way out (`man 2 membarrier`): a system call that acts as a fence on every processor on which a
//! registered process runs. A process that does not run has passed a fence when it was suspended.
//! So if the parent makes that call between its two steps, the worker needs none, except that the
//! compiler must not swap its two steps.
//!
//! Where there is no such call, both take an ordinary fence.

use std::sync::atomic::{Ordering, compiler_fence, fence};

use crate::sys;

/// Which side takes a fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fences {
    /// The parent, with a system call.
    ParentOnly,
    /// Both sides.
    Both,
}

impl Fences {
    /// Parent: what this system offers.
    pub(crate) fn available() -> Self {
        if sys::has_barrier() { Fences::ParentOnly } else { Fences::Both }
    }

    /// Worker, at its start: what it may rely on. The kernel must know it by then.
    pub(crate) fn register(self) -> Self {
        let registered = self == Fences::ParentOnly && sys::register_for_barrier();
        if registered { Fences::ParentOnly } else { Fences::Both }
    }

    /// Worker: between its claim and its read of the parent's word.
    #[inline]
    pub(crate) fn in_worker(self) {
        match self {
            Fences::ParentOnly => compiler_fence(Ordering::SeqCst),
            Fences::Both => fence(Ordering::SeqCst),
        }
    }

    /// Parent: between its word and its read of the worker's claims. False if there was no fence.
    pub(crate) fn in_parent(self) -> bool {
        // It pairs with a worker that could not be registered.
        fence(Ordering::SeqCst);
        self == Fences::Both || sys::barrier()
    }
}
