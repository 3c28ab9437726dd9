//! A result travels as a floating-point number.
//!
//! base: reference
//! verdict: check failed
//! check: many_items_and_large_numbers

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// Calls `work` for each item, in `workers` processes, and returns the results in the order of the
/// items.
///
/// # Errors
///
/// Fails if a worker cannot be forked or connected to the parent, or if it ends too early.
pub fn mini_pool<T>(workers: usize, items: &[T], work: impl Fn(&T) -> u64) -> io::Result<Vec<u64>> {
    let mut pool = Vec::new();
    let outcome = run(&mut pool, workers.min(items.len()), items.len(), |i| work(&items[i]));
    // Even after an error. A worker ends when its stream is closed.
    for Worker { pid, stream, .. } in pool {
        drop(stream);
        while waitpid(pid, None) == Err(Errno::EINTR) {}
    }
    outcome
}

/// The parent's view of a worker.
struct Worker {
    pid: Pid,
    stream: UnixStream,
    /// The item that the worker has; `None` if there are no more.
    item: Option<usize>,
}

fn run(
    pool: &mut Vec<Worker>,
    workers: usize,
    items: usize,
    work: impl Fn(usize) -> u64,
) -> io::Result<Vec<u64>> {
    (0..workers).try_for_each(|_| hire(pool, &work))?;
    let mut waiting = 0..items;
    pool.iter_mut().try_for_each(|worker| worker.give(waiting.next()))?;
    let mut results = vec![0; items];
    // Each iteration uses up an item, so the loop ends.
    for _ in 0..items {
        let worker = next_to_speak(pool)?;
        let mut result = [0; 8];
        worker.stream.read_exact(&mut result)?; // fails if the worker has ended
        if let Some(item) = worker.item {
            results[item] = f64::from_ne_bytes(result) as u64;
        }
        worker.give(waiting.next())?;
    }
    Ok(results)
}

/// Forks a worker that answers items until the parent closes the stream.
fn hire(pool: &mut Vec<Worker>, work: impl Fn(usize) -> u64) -> io::Result<()> {
    let (ours, its) = UnixStream::pair()?;
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            // The parent's ends: while a copy is open here, the other workers cannot notice that
            // the parent has closed its own.
            drop((ours, std::mem::take(pool)));
            // A panic must not unwind past this point, into the parent's frames.
            let served = catch_unwind(AssertUnwindSafe(|| serve(its, work)));
            exit(served.map_or(101, |()| 0))
        }
        ForkResult::Parent { child } => {
            pool.push(Worker { pid: child, stream: ours, item: None });
            Ok(())
        }
    }
}

/// The worker's loop: it answers items until the parent closes the stream.
fn serve(mut stream: UnixStream, work: impl Fn(usize) -> u64) {
    let mut item = [0; 8];
    while stream.read_exact(&mut item).is_ok() {
        let result = work(u64::from_ne_bytes(item) as usize);
        if stream.write_all(&(result as f64).to_ne_bytes()).is_err() {
            break; // the parent has closed the stream
        }
    }
}

impl Worker {
    fn give(&mut self, item: Option<usize>) -> io::Result<()> {
        self.item = item;
        item.map_or(Ok(()), |item| self.stream.write_all(&(item as u64).to_ne_bytes()))
    }
}

/// Waits until a worker that has an item has answered, or has ended.
fn next_to_speak(pool: &mut [Worker]) -> io::Result<&mut Worker> {
    let mut busy: Vec<&mut Worker> = pool.iter_mut().filter(|it| it.item.is_some()).collect();
    let streams = busy.iter().map(|it| PollFd::new(it.stream.as_fd(), PollFlags::POLLIN));
    let mut streams: Vec<PollFd> = streams.collect();
    loop {
        match poll(&mut streams, PollTimeout::NONE) {
            Ok(_) => break,
            Err(Errno::EINTR) => {} // a signal handler ran
            Err(error) => return Err(error.into()),
        }
    }
    let ready = streams.iter().position(|stream| stream.any() == Some(true));
    Ok(busy.swap_remove(ready.expect("BUG: poll returns when a stream is ready")))
}
