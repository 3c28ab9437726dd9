//! No counter: a worker goes through all items and claims each by compare_exchange, from "untouched" or
//! from "to be begun again". The state and the number of begins are one word.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(u64),
    Lost,
}

const NEW: u64 = 0;
const TAKEN: u64 = 1;
const AGAIN: u64 = 2;
const TAKEN_AGAIN: u64 = 3;
const DONE: u64 = 4;

/// State and value of an item.
#[repr(C)]
struct Item {
    state: AtomicU64,
    value: AtomicU64,
}

pub fn run_queue(
    items: usize,
    workers: usize,
    work: impl Fn(usize) -> u64,
) -> io::Result<Vec<Outcome>> {
    let Some(length) = NonZeroUsize::new(items * size_of::<Item>()) else { return Ok(Vec::new()) };
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let start = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }?;
    let shared: &[Item] = unsafe { std::slice::from_raw_parts(start.cast().as_ptr(), items) };
    let mut open = items;
    let mut result = Ok(());
    while open > 0 && result.is_ok() {
        result = round(shared, workers.min(open), &work);
        open = 0;
        for item in shared {
            if item.state.load(Ordering::SeqCst) == TAKEN {
                item.state.store(AGAIN, Ordering::SeqCst);
            }
            open += usize::from([NEW, AGAIN].contains(&item.state.load(Ordering::SeqCst)));
        }
    }
    let outcome = |item: &Item| match item.state.load(Ordering::SeqCst) {
        DONE => Outcome::Done(item.value.load(Ordering::SeqCst)),
        _ => Outcome::Lost,
    };
    let outcomes = shared.iter().map(outcome).collect();
    unsafe { munmap(start, length.get()) }?;
    result.map(|()| outcomes)
}

fn round(shared: &[Item], workers: usize, work: &dyn Fn(usize) -> u64) -> io::Result<()> {
    let mut forked = Vec::new();
    let mut result = Ok(());
    while forked.len() < workers && result.is_ok() {
        match start(shared, work) {
            Ok(child) => forked.push(child),
            Err(errno) => result = Err(errno.into()),
        }
    }
    for child in forked {
        while waitpid(child, None) == Err(Errno::EINTR) {}
    }
    result
}

fn start(shared: &[Item], work: &dyn Fn(usize) -> u64) -> nix::Result<Pid> {
    if let ForkResult::Parent { child } = unsafe { fork()? } {
        return Ok(child);
    }
    let life = || {
        for (number, item) in shared.iter().enumerate() {
            let claim = |from, to| {
                item.state.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).is_ok()
            };
            if claim(NEW, TAKEN) || claim(AGAIN, TAKEN_AGAIN) {
                item.value.store(work(number), Ordering::SeqCst);
                item.state.store(DONE, Ordering::SeqCst);
            }
        }
    };
    exit(if catch_unwind(AssertUnwindSafe(life)).is_ok() { 0 } else { 101 })
}
