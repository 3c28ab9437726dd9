//! The board: a few words and a small stage of memory that parent and one worker share.
//!
//! Everything else goes through the worker's socket. Four questions cannot:
//!
//! * *Who has this chunk?* A worker's queue may hold chunks that it has not begun when another
//!   worker has nothing to do. Each has a [`SLOTS`] entry that goes from `QUEUED` to `TAKEN` (by
//!   the worker) or to `REVOKED` (by the parent). Both use compare-and-exchange, so exactly one of
//!   them gets it: no chunk is ever run by two workers.
//! * *Is the item in time?* The worker stamps the item it begins and clears the stamp when it has
//!   the result. The parent turns a stamp that is too old into `CONDEMNED`. Again one of them
//!   comes first, and so an item is either answered or timed out, never both.
//! * *Does somebody want a part of this chunk?* A chunk that is taken stays with its worker, unless
//!   another has nothing to do. Then the parent asks, and the worker, after the item it is at,
//!   gives the rest back.
//! * *What has a worker done that it has not sent?* Sending each small answer would cost a system
//!   call each, so answers are collected. They are collected *here*, on the stage: the parent
//!   reads what a worker left behind when it was killed, or while it is long at an item.
//!
//! No lock is shared: whoever dies, the other is never kept waiting.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering, fence};
use std::time::Duration;

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// The most chunks that one worker may have in its queue.
pub(crate) const SLOTS: usize = 4096;

/// The size of the stage in bytes.
pub(crate) const STAGE: usize = 64 * 1024;

const QUEUED: u8 = 0;
const TAKEN: u8 = 1;
const REVOKED: u8 = 2;

const IDLE: u64 = 0;
const CONDEMNED: u64 = 1;

/// The shared memory. Zeroes are a valid start: all queued, idle, nothing staged.
#[repr(C)]
struct Shared {
    slots: [AtomicU8; SLOTS],
    /// 0, or 1 + the number of the chunk whose rest is wanted.
    wanted: AtomicU64,
    /// [`IDLE`], [`CONDEMNED`], or when the running item began.
    running: AtomicU64,
    /// How many bytes of answers the worker has sent through its socket.
    sent: AtomicU64,
    /// How many bytes are on the stage: those that follow the `sent` ones.
    staged: AtomicU64,
    stage: UnsafeCell<[u8; STAGE]>,
}

const SIZE: NonZeroUsize = NonZeroUsize::new(size_of::<Shared>()).expect("BUG: no size");

/// One process's handle on the memory it shares with another.
pub(crate) struct Board(NonNull<Shared>);

impl Board {
    /// Memory that stays shared with the children forked from now on.
    pub(crate) fn new() -> nix::Result<Self> {
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: new memory at an address of the kernel's choice overlaps nothing.
        let memory = unsafe { mmap_anonymous(None, SIZE, access, MapFlags::MAP_SHARED) }?;
        Ok(Board(memory.cast()))
    }

    #[inline]
    fn shared(&self) -> &Shared {
        // SAFETY: the mapping is as large as `Shared`, aligned to a page, valid when zeroed, and
        // lives as long as `self`. What the other process changes is atomic or in an UnsafeCell.
        unsafe { self.0.as_ref() }
    }

    fn slot(&self, number: usize) -> &AtomicU8 {
        &self.shared().slots[number % SLOTS]
    }

    /// Parent: the slot `number` is for a chunk that is about to be sent.
    pub(crate) fn queue(&self, number: usize) {
        self.slot(number).store(QUEUED, Ordering::Release);
    }

    /// Worker: takes the chunk, unless it has been revoked.
    pub(crate) fn take(&self, number: usize) -> bool {
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        self.slot(number).compare_exchange(QUEUED, TAKEN, success, failure).is_ok()
    }

    /// Parent: takes the chunk back, unless the worker has it.
    pub(crate) fn revoke(&self, number: usize) -> bool {
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        self.slot(number).compare_exchange(QUEUED, REVOKED, success, failure).is_ok()
    }

    /// Parent: whether the worker has begun the chunk.
    pub(crate) fn is_taken(&self, number: usize) -> bool {
        self.slot(number).load(Ordering::Acquire) == TAKEN
    }

    /// Parent: the worker should give back what it has not begun of the chunk.
    pub(crate) fn want_rest(&self, number: usize) {
        self.shared().wanted.store(number as u64 + 1, Ordering::Release);
    }

    /// Whether the rest of the chunk is wanted.
    #[inline]
    pub(crate) fn is_rest_wanted(&self, number: usize) -> bool {
        self.shared().wanted.load(Ordering::Acquire) == number as u64 + 1
    }

    /// Worker: an item begins, this long after the pool's start.
    #[inline]
    pub(crate) fn begin(&self, now: Duration) {
        self.shared().running.store(to_stamp(now), Ordering::Release);
    }

    /// Worker: the item is done. False if the parent has condemned it meanwhile.
    #[inline]
    pub(crate) fn end(&self) -> bool {
        self.shared().running.swap(IDLE, Ordering::AcqRel) != CONDEMNED
    }

    /// Parent: when the running item began, this long after the pool's start.
    pub(crate) fn running_since(&self) -> Option<Duration> {
        let stamp = self.shared().running.load(Ordering::Acquire);
        (stamp > CONDEMNED).then(|| Duration::from_nanos(stamp - 1 - CONDEMNED))
    }

    /// Parent: condemns the item that began at `begun`, unless it is done.
    pub(crate) fn condemn(&self, begun: Duration) -> bool {
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        let stamp = to_stamp(begun);
        self.shared().running.compare_exchange(stamp, CONDEMNED, success, failure).is_ok()
    }

    #[inline]
    fn stage(&self) -> *mut u8 {
        self.shared().stage.get().cast()
    }

    /// Worker: how many bytes are on the stage.
    #[inline]
    pub(crate) fn staged(&self) -> usize {
        self.shared().staged.load(Ordering::Relaxed) as usize
    }

    /// Worker: the free part of the stage, to write the next answer to. Nobody sees it before
    /// [`Board::publish`].
    #[inline]
    pub(crate) fn room(&mut self) -> &mut [u8] {
        let start = self.staged();
        // SAFETY: `start` is at most STAGE.
        let room = unsafe { self.stage().add(start) };
        // SAFETY: the bytes are initialised and within the stage. This process borrows its only
        // handle on them, and the parent relies on none of them (`leftovers` checks that).
        unsafe { std::slice::from_raw_parts_mut(room, STAGE - start) }
    }

    /// Worker: the first `count` bytes of the room are an answer.
    #[inline]
    pub(crate) fn publish(&mut self, count: usize) {
        let staged = (self.staged() + count).min(STAGE);
        self.shared().staged.store(staged as u64, Ordering::Release);
    }

    /// Worker: the bytes on the stage.
    pub(crate) fn on_stage(&self) -> &[u8] {
        // SAFETY: the bytes are initialised, and only the worker writes them: not while it has
        // this slice, which borrows its only handle. The parent just reads.
        unsafe { std::slice::from_raw_parts(self.stage(), self.staged()) }
    }

    /// Worker: `count` bytes more are sent, and the stage is empty.
    pub(crate) fn sent(&self, count: usize) {
        let shared = self.shared();
        shared.staged.store(0, Ordering::Relaxed);
        let sent = shared.sent.load(Ordering::Relaxed) + count as u64;
        // Whoever sees this store sees the one above too, and takes no sent byte for a staged one.
        shared.sent.store(sent, Ordering::Release);
        // What is staged from now on must not be seen before the stores above (`leftovers`).
        fence(Ordering::Release);
    }

    /// Parent: the staged bytes that follow the first `position` bytes of the worker's answers.
    ///
    /// The worker may be alive and may empty its stage at this moment. Then `sent` changes, and
    /// what was copied is forgotten: it comes by the socket.
    pub(crate) fn leftovers(&self, position: u64) -> Vec<u8> {
        let shared = self.shared();
        let sent = shared.sent.load(Ordering::Acquire);
        let staged = shared.staged.load(Ordering::Acquire) as usize;
        let Some(known) = position.checked_sub(sent) else { return Vec::new() };
        let known = known as usize;
        let mut copy = vec![0; staged.min(STAGE).saturating_sub(known)];
        if copy.is_empty() {
            return copy;
        }
        // SAFETY: `known` is less than `staged`, so less than STAGE.
        let source = unsafe { self.stage().add(known) };
        // SAFETY: `copy` ends where the staged bytes end, within the stage. The worker may write
        // there at the same time only if `sent` has changed, and then nobody uses the copy.
        unsafe { source.copy_to_nonoverlapping(copy.as_mut_ptr(), copy.len()) };
        fence(Ordering::Acquire);
        if shared.sent.load(Ordering::Relaxed) != sent {
            copy.clear();
        }
        copy
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let memory: NonNull<c_void> = self.0.cast();
        // SAFETY: `new` mapped it with this size, and no borrow of `self` is left.
        let unmapped = unsafe { munmap(memory, SIZE.get()) };
        debug_assert!(unmapped.is_ok(), "BUG: munmap of our own mapping");
    }
}

/// Never [`IDLE`] or [`CONDEMNED`].
fn to_stamp(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).saturating_add(1 + CONDEMNED)
}
