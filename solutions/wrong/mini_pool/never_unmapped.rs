//! Leaves the shared memory mapped.
//!
//! base: shared_memory
//! verdict: state not restored
//! check: the_results_are_in_the_order_of_the_items

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use nix::errno::Errno;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

pub fn mini_pool<T>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> u64,
) -> io::Result<Vec<u64>> {
    let shared = Shared::new(2 + items.len())?;
    let [next, done, results @ ..] = shared.numbers() else { unreachable!() };
    let mut pool = Vec::new();
    let mut failed = None;
    for _number in 0..workers.min(items.len()) {
        match start(|| {
            loop {
                let item = next.fetch_add(1, SeqCst) as usize;
                if item >= items.len() {
                    break;
                }
                results[item].store(work(&items[item]), SeqCst);
                done.fetch_add(1, SeqCst);
            }
        }) {
            Ok(child) => pool.push(child),
            Err(error) => {
                next.store(items.len() as u64, SeqCst);
                failed = Some(error);
                break;
            }
        }
    }
    for child in pool {
        while waitpid(child, None) == Err(Errno::EINTR) {}
    }
    match failed {
        Some(error) => Err(error.into()),
        None if done.load(SeqCst) < items.len() as u64 => Err(io::Error::other("a worker ended")),
        None => Ok(results.iter().map(|result| result.load(SeqCst)).collect()),
    }
}

fn start(work: impl FnOnce()) -> nix::Result<Pid> {
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => {
            exit(if catch_unwind(AssertUnwindSafe(work)).is_ok() { 0 } else { 101 })
        }
        ForkResult::Parent { child } => Ok(child),
    }
}

struct Shared {
    start: *mut libc::c_void,
    count: usize,
}

impl Shared {
    fn new(count: usize) -> io::Result<Shared> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping at an address of the kernel's choice replaces nothing.
        let start = unsafe { libc::mmap(null_mut(), count * 8, access, kind, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Shared { start, count })
    }

    fn numbers(&self) -> &[AtomicU64] {
        // SAFETY: the mapping has this size, and zeroes are valid.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.count) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: no reference into the mapping is left.
        
    }
}
