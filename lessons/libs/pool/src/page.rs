//! The memory that the parent and one worker share: two rings, the claims, and a few words.
//!
//! Everything in it is atomic, so both sides may look at any moment, and the parent may look at what
//! a worker has left behind when it was killed. `DESIGN.md` has a drawing.

use std::ffi::c_void;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

use crate::claim::{Claim, Sleeper};
use crate::ring::{Reader, Ring, Writer};

/// The most chunks that one worker may hold.
pub(crate) const SLOTS: usize = 4096;

/// How many words a ring has: 128 KiB.
pub(crate) const RING: usize = 16 * 1024;

/// How many bytes of a panic's message are kept for the case that the process dies of it.
const LAST_WORDS: usize = 2048;

pub(crate) type PageWriter = Writer<RING>;
pub(crate) type PageReader = Reader<RING>;

/// What is shared. Zeroes are a valid start: empty rings, both sides awake, no item running.
#[repr(C)]
pub(crate) struct Page {
    /// From the parent to the worker: chunks.
    pub(crate) items: Ring<RING>,
    /// From the worker to the parent: answers.
    pub(crate) answers: Ring<RING>,
    pub(crate) parent: Sleeper,
    pub(crate) worker: Sleeper,
    /// The worker again, when it waits for room in the ring of answers.
    pub(crate) room: Sleeper,
    /// How many chunks the worker is through with. It does not touch their claims any more.
    chunks_done: AtomicU64,
    /// 0, or 1 + when the running item began.
    running_since: AtomicU64,
    /// How many bytes the worker has announced before it wrote them to the bell.
    bells: AtomicU64,
    /// Whether the worker is in its last moments: finaliser and destructors.
    finishing: AtomicU32,
    claims: [Claim; SLOTS],
    /// The length and the text of the last panic.
    last_length: AtomicU64,
    last_words: [AtomicU64; LAST_WORDS / 8],
}

impl Page {
    /// The claims of the chunk `number`.
    #[inline]
    pub(crate) fn claim(&self, number: u64) -> &Claim {
        &self.claims[number as usize % SLOTS]
    }

    /// Worker: one more chunk is done.
    pub(crate) fn chunk_done(&self) {
        // Release: the claims of that chunk come before the parent's next use of its word.
        self.chunks_done.fetch_add(1, Ordering::Release);
    }

    /// Parent: how many chunks are done.
    pub(crate) fn chunks_done(&self) -> u64 {
        self.chunks_done.load(Ordering::Acquire)
    }

    /// Worker: an item begins, this long after the pool's start; or it is over.
    ///
    /// Relaxed: the word carries only the time.
    #[inline]
    pub(crate) fn set_running(&self, since: Option<Duration>) {
        let stamp =
            since.map_or(0, |time| 1 + u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1));
        self.running_since.store(stamp, Ordering::Relaxed);
    }

    /// Parent: when the running item began, this long after the pool's start.
    pub(crate) fn running_since(&self) -> Option<Duration> {
        let stamp = self.running_since.load(Ordering::Relaxed);
        stamp.checked_sub(1).map(Duration::from_nanos)
    }

    /// Worker: one byte is about to be written to the bell.
    pub(crate) fn announce_bell(&self) {
        // Release: the byte is written after it.
        self.bells.fetch_add(1, Ordering::Release);
    }

    /// Parent: how many bytes of the bell are the worker's own.
    pub(crate) fn bells(&self) -> u64 {
        self.bells.load(Ordering::Acquire)
    }

    /// Worker: from here on it only cleans up.
    pub(crate) fn set_finishing(&self) {
        self.finishing.store(1, Ordering::Relaxed);
    }

    pub(crate) fn is_finishing(&self) -> bool {
        self.finishing.load(Ordering::Relaxed) == 1
    }

    /// Worker: a panic, on whatever thread. An empty text forgets the last one.
    pub(crate) fn set_last_words(&self, text: &str) {
        let length = text.floor_char_boundary(LAST_WORDS);
        for (word, bytes) in self.last_words.iter().zip(text.as_bytes()[..length].chunks(8)) {
            let mut eight = [0; 8];
            eight[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_le_bytes(eight), Ordering::Relaxed);
        }
        // Release: the text comes before its length.
        self.last_length.store(length as u64, Ordering::Release);
    }

    /// Worker: forgets the last panic, if there was one.
    pub(crate) fn clear_last_words(&self) {
        if self.last_length.load(Ordering::Relaxed) > 0 {
            self.set_last_words("");
        }
    }

    /// The text of the last panic. Empty if there was none.
    pub(crate) fn last_words(&self) -> String {
        let length = (self.last_length.load(Ordering::Acquire) as usize).min(LAST_WORDS);
        let words = self.last_words.iter().take(length.div_ceil(8));
        let mut bytes: Vec<u8> =
            words.flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes()).collect();
        bytes.truncate(length);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

const SIZE: NonZeroUsize = NonZeroUsize::new(size_of::<Page>()).expect("BUG: no size");

/// One process's handle on a [`Page`].
pub(crate) struct SharedPage(NonNull<Page>);

impl SharedPage {
    /// Memory that is shared with the children forked from now on.
    pub(crate) fn new() -> nix::Result<Self> {
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: new memory at an address of the kernel's choice overlaps nothing.
        let memory = unsafe { mmap_anonymous(None, SIZE, access, MapFlags::MAP_SHARED) }?;
        Ok(SharedPage(memory.cast()))
    }
}

impl Deref for SharedPage {
    type Target = Page;

    #[inline]
    fn deref(&self) -> &Page {
        // SAFETY: `new` has mapped as many bytes as `Page` has, aligned to a memory page, which is
        // more than its 128; zeroes are valid atomics; the mapping ends only in `drop`. What the
        // other process changes is atomic.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for SharedPage {
    fn drop(&mut self) {
        let memory: NonNull<c_void> = self.0.cast();
        // SAFETY: `new` has mapped it with this size, and no borrow of `self` is left.
        let unmapped = unsafe { munmap(memory, SIZE.get()) };
        debug_assert!(unmapped.is_ok(), "BUG: munmap of our own mapping");
    }
}

#[cfg(test)]
mod tests {
    use super::SharedPage;

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no shared mappings")]
    fn last_words_are_cut_at_a_character() {
        let page = SharedPage::new().unwrap();
        assert_eq!(page.last_words(), "");
        page.set_last_words("bad luck");
        assert_eq!(page.last_words(), "bad luck");
        page.set_last_words(&"ä".repeat(2000));
        assert_eq!(page.last_words(), "ä".repeat(1024));
        page.set_last_words("");
        assert_eq!(page.last_words(), "");
    }
}
