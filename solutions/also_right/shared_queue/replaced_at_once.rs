//! Each worker writes its PID beside the item that it has taken, so its parent knows at once what a dead
//! worker had, and forks another worker for it.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{self, exit};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::SeqCst};

use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(u64),
    Lost,
}

/// An item: who has it, and its value once it is done.
#[derive(Debug)]
struct Slot {
    owner: AtomicU32,
    done: AtomicU32,
    value: AtomicU64,
    begun: AtomicUsize,
}

pub fn run_queue(
    items: usize,
    workers: usize,
    work: impl Fn(usize) -> u64,
) -> io::Result<Vec<Outcome>> {
    // The last one has the counter.
    let bytes = items.checked_add(1).and_then(|slots| slots.checked_mul(size_of::<Slot>()));
    let length = bytes.and_then(NonZeroUsize::new).ok_or(Errno::ENOMEM)?;
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let memory = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }?;
    let slots: &[Slot] = unsafe { std::slice::from_raw_parts(memory.cast().as_ptr(), items + 1) };
    let (slots, next) = (&slots[..items], &slots[items].begun);
    let mut pool = Pool { slots, next, work, running: Vec::new(), error: None };
    pool.run(workers);
    let result = pool.error.map_or(Ok(()), |error| Err(error.into()));
    let outcome = |slot: &Slot| match slot.done.load(SeqCst) {
        0 => Outcome::Lost,
        _ => Outcome::Done(slot.value.load(SeqCst)),
    };
    let outcomes = slots.iter().map(outcome).collect();
    unsafe { munmap(memory, length.get()) }?;
    result.map(|()| outcomes)
}

struct Pool<'a, W> {
    slots: &'a [Slot],
    next: &'a AtomicUsize,
    work: W,
    running: Vec<Pid>,
    error: Option<Errno>,
}

impl<W: Fn(usize) -> u64> Pool<'_, W> {
    fn run(&mut self, workers: usize) {
        (0..workers.min(self.slots.len())).for_each(|_| self.start(None));
        loop {
            while !self.running.is_empty() {
                match wait() {
                    Ok(status) => self.ended(status.pid().unwrap_or(Pid::from_raw(0))),
                    Err(Errno::EINTR) => {}
                    Err(error) => return self.error = Some(error),
                }
            }
            // Whoever was killed between taking an item and writing its PID has left no trace.
            let Some(item) = (0..self.slots.len()).find(|&item| self.is_open(item)) else { return };
            if self.error.is_some() {
                return;
            }
            self.start(Some(item));
        }
    }

    fn is_open(&self, item: usize) -> bool {
        self.slots[item].done.load(SeqCst) == 0 && self.slots[item].begun.load(SeqCst) < 2
    }

    fn ended(&mut self, worker: Pid) {
        if !self.running.contains(&worker) {
            return; // a child of the caller
        }
        self.running.retain(|other| *other != worker);
        let owned = |&item: &usize| {
            let owner = self.slots[item].owner.load(SeqCst);
            owner == worker.as_raw() as u32 && self.is_open(item)
        };
        let item = (0..self.slots.len()).find(owned);
        if item.is_some() || self.next.load(SeqCst) < self.slots.len() {
            self.start(item);
        }
    }

    /// Forks a worker, which begins with `first`. After an error, none is forked any more.
    fn start(&mut self, first: Option<usize>) {
        if self.error.is_some() {
            return;
        }
        match unsafe { fork() } {
            Ok(ForkResult::Parent { child }) => self.running.push(child),
            Ok(ForkResult::Child) => {
                let done = catch_unwind(AssertUnwindSafe(|| self.work(first)));
                exit(if done.is_ok() { 0 } else { 101 })
            }
            Err(error) => self.error = Some(error),
        }
    }

    fn work(&self, first: Option<usize>) {
        let mut first = first;
        loop {
            let item = first.take().unwrap_or_else(|| self.next.fetch_add(1, SeqCst));
            let Some(slot) = self.slots.get(item) else { return };
            slot.owner.store(process::id(), SeqCst);
            slot.begun.fetch_add(1, SeqCst);
            slot.value.store((self.work)(item), SeqCst);
            slot.done.store(1, SeqCst);
        }
    }
}
