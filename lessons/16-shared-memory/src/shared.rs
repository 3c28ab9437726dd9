//! One atomic number that a fork does not copy.

use std::num::NonZeroUsize;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;

use lesson_cli::Failure;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

const LENGTH: NonZeroUsize = NonZeroUsize::new(size_of::<AtomicU32>()).expect("not 0");

/// A mapping with MAP_SHARED. After a fork, parent and child have the same page, also for writing.
#[derive(Debug)]
pub(crate) struct Shared {
    number: NonNull<AtomicU32>,
}

impl Shared {
    /// The number is 0.
    pub(crate) fn new() -> Result<Self, Failure> {
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: without MAP_FIXED the kernel chooses an address where nothing is mapped yet.
        let start = unsafe { mmap_anonymous(None, LENGTH, access, MapFlags::MAP_SHARED) };
        let start = start.map_err(|errno| Failure::system("mmap", errno))?;
        Ok(Shared { number: start.cast() })
    }
}

impl Deref for Shared {
    type Target = AtomicU32;

    fn deref(&self) -> &AtomicU32 {
        // SAFETY: the page is mapped as long as `self` lives, begins with zeros, which are a valid
        // `AtomicU32`, and is aligned; every process touches it through this atomic only.
        unsafe { self.number.as_ref() }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: the range is this value's own mapping, and `deref` lends it for no longer.
        let _ = unsafe { munmap(self.number.cast(), LENGTH.get()) };
    }
}
