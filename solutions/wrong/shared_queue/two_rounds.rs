//! There are two rounds, and what no worker has begun in them is lost.
//!
//! base: workers_count_the_attempts
//! verdict: check failed
//! check: a_worker_may_die_before_it_takes_an_item
//! says: killed before they took an item

use std::io;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// The outcome of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The number that `work` returned for it.
    Done(u64),
    /// Both workers that began it died.
    Lost,
}

/// An item is begun at most this often.
const ATTEMPTS: u64 = 2;

/// Processes all items in up to `workers` children, and returns the outcome of each.
///
/// # Errors
///
/// Fails if the memory cannot be mapped, or if a fork or a wait fails.
pub fn run_queue(
    items: usize,
    workers: usize,
    work: impl Fn(usize) -> u64,
) -> io::Result<Vec<Outcome>> {
    let queue = Queue::new(items)?;
    queue.do_all(&queue.unfinished(), workers, &work)?;
    queue.do_all(&queue.unfinished(), workers, &work)?;
    Ok((0..items).map(|item| queue.outcome(item)).collect())
}

/// The data that all processes share. Each number changes in one step, so a worker that is killed
/// cannot leave a half-written one.
struct Queue {
    /// The index in the list of the item that is taken next.
    next: Shared,
    /// How often each item was begun.
    begun: Shared,
    /// 1 for each item whose value has been stored.
    done: Shared,
    values: Shared,
}

impl Queue {
    fn new(items: usize) -> io::Result<Self> {
        Ok(Queue {
            next: Shared::new(1)?,
            begun: Shared::new(items)?,
            done: Shared::new(items)?,
            values: Shared::new(items)?,
        })
    }

    /// Called when no worker is left: items that were taken but not finished must be begun again.
    fn unfinished(&self) -> Vec<usize> {
        let is_open = |item: &usize| {
            self.done[*item].load(Ordering::Acquire) == 0
                && self.begun[*item].load(Ordering::Relaxed) < ATTEMPTS
        };
        (0..self.done.len()).filter(is_open).collect()
    }

    fn outcome(&self, item: usize) -> Outcome {
        match self.done[item].load(Ordering::Acquire) {
            0 => Outcome::Lost,
            _ => Outcome::Done(self.values[item].load(Ordering::Relaxed)),
        }
    }

    /// Forks workers that go through the list, and waits for them.
    fn do_all(
        &self,
        list: &[usize],
        workers: usize,
        work: impl Fn(usize) -> u64,
    ) -> io::Result<()> {
        self.next[0].store(0, Ordering::Relaxed);
        let mut forked = Vec::new();
        let mut fork_all = || -> io::Result<()> {
            for _ in 0..workers.min(list.len()) {
                forked.push(start(|| self.take_items(list, &work))?);
            }
            Ok(())
        };
        let all_forked = fork_all();
        // Also after a failed fork: the workers forked before it must be waited for.
        let waited = forked.into_iter().try_for_each(wait_for);
        all_forked.and(waited)
    }

    /// The worker's loop. Its copy of the list is the same as the parent's.
    fn take_items(&self, list: &[usize], work: impl Fn(usize) -> u64) {
        loop {
            let place = self.next[0].fetch_add(1, Ordering::Relaxed);
            let Some(&item) = usize::try_from(place).ok().and_then(|place| list.get(place)) else {
                return;
            };
            self.begun[item].fetch_add(1, Ordering::Relaxed);
            self.values[item].store(work(item), Ordering::Relaxed);
            self.done[item].store(1, Ordering::Release); // last, when the value has been stored
        }
    }
}

/// Forks a child that does `work` and ends, and returns its PID.
fn start(work: impl FnOnce()) -> io::Result<Pid> {
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let done = catch_unwind(AssertUnwindSafe(work));
            exit(if done.is_ok() { 0 } else { 101 })
        }
        ForkResult::Parent { child } => Ok(child),
    }
}

/// How the worker ended does not matter: the items that it finished are in shared memory.
fn wait_for(child: Pid) -> io::Result<()> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {} // a signal; no child has ended
            result => return result.map(drop).map_err(io::Error::from),
        }
    }
}

/// Numbers that a fork does not copy, all of them 0 at first.
struct Shared {
    start: NonNull<AtomicU64>,
    count: usize,
    length: NonZeroUsize,
}

impl Shared {
    fn new(count: usize) -> io::Result<Self> {
        let bytes = count.checked_mul(size_of::<AtomicU64>()).ok_or(Errno::ENOMEM)?;
        let length = NonZeroUsize::new(bytes).unwrap_or(NonZeroUsize::MIN);
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: without MAP_FIXED the kernel chooses an address where nothing is mapped yet.
        let start = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }?;
        Ok(Shared { start: start.cast(), count, length })
    }
}

impl Deref for Shared {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: the mapping is aligned to a page, has room for as many numbers, begins with zeros,
        // and lives as long as `self`; every process touches it through these atomics only.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.count) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: the range is this value's own mapping, and `deref` lends it for no longer.
        let _ = unsafe { munmap(self.start.cast(), self.length.get()) };
    }
}
