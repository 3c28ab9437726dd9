//! The kernel keeps the list of streams that the parent waits for.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How the item's worker ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Killed(Signal),
}

/// Calls `work` for each item, in `workers` processes, and returns the results in the order of
/// the items.
///
/// # Errors
///
/// Fails if a worker cannot be forked or connected to the parent.
pub fn pool_map<T, R>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> R,
) -> io::Result<Vec<Result<R, Failure>>>
where
    R: Serialize + DeserializeOwned,
{
    let serve = |stream| serve(stream, |item| work(&items[item]));
    let mut results: Vec<Option<Result<R, Failure>>> = items.iter().map(|_| None).collect();
    let mut waiting = 0..items.len();
    let mut pool = Vec::new();
    let first = |item| hire(&mut pool, item, serve);
    let mut outcome = waiting.by_ref().take(workers).try_for_each(first);
    while !pool.is_empty() {
        if outcome.is_err() {
            waiting = 0..0; // the items in progress are finished, and no other begins
        }
        let mut worker = pool.swap_remove(next_to_speak(&pool)?);
        let item = worker.item;
        let next = waiting.next();
        if let Some(result) = worker.answer() {
            results[item] = Some(Ok(result));
            match next {
                Some(next) => pool.push(worker.give(next)),
                None => _ = worker.dismiss()?,
            }
        } else {
            results[item] = Some(Err(worker.dismiss()?));
            outcome = next.map_or(outcome, |next| hire(&mut pool, next, serve));
        }
    }
    outcome.map(|()| results.into_iter().flatten().collect())
}

/// The parent's view of a worker.
struct Worker {
    pid: Pid,
    stream: BufReader<UnixStream>,
    /// The item that the worker has.
    item: usize,
}

/// Forks a worker that calls `serve` with its end of a stream, and sends it the first item.
fn hire(
    pool: &mut Vec<Worker>,
    item: usize,
    serve: impl Fn(UnixStream) -> io::Result<()>,
) -> io::Result<()> {
    let (ours, its) = UnixStream::pair()?;
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            // The parent's ends: while a copy is open here, the other workers cannot notice that
            // the parent has closed its own.
            drop((ours, std::mem::take(pool)));
            // A panic must not unwind past this point, into the parent's frames.
            let status = match catch_unwind(AssertUnwindSafe(|| serve(its))) {
                Ok(Ok(())) => 0,
                Ok(Err(_)) => 1,
                Err(_) => 101,
            };
            std::process::exit(status)
        }
        ForkResult::Parent { child } => {
            let worker = Worker { pid: child, stream: BufReader::new(ours), item };
            pool.push(worker.give(item));
            Ok(())
        }
    }
}

/// The worker's loop: it answers items until the parent closes the stream.
fn serve<R: Serialize>(mut stream: UnixStream, work: impl Fn(usize) -> R) -> io::Result<()> {
    let mut item = [0; size_of::<usize>()];
    while stream.read_exact(&mut item).is_ok() {
        let mut line = serde_json::to_vec(&work(usize::from_ne_bytes(item)))?;
        line.push(b'\n'); // the only newline, because compact JSON contains none
        stream.write_all(&line)?;
    }
    Ok(())
}

/// Waits until a worker has answered or is dead, and returns its place in the pool.
fn next_to_speak(pool: &[Worker]) -> io::Result<usize> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    for (place, worker) in pool.iter().enumerate() {
        let event = EpollEvent::new(EpollFlags::EPOLLIN, place as u64);
        epoll.add(worker.stream.get_ref().as_fd(), event)?;
    }
    let mut events = [EpollEvent::empty()];
    loop {
        match epoll.wait(&mut events, EpollTimeout::NONE) {
            Ok(1..) => return Ok(events[0].data() as usize),
            Ok(0) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

impl Worker {
    /// Sends the index of an item. If the worker is dead, this is noticed when it should answer.
    fn give(mut self, item: usize) -> Self {
        let _ = self.stream.get_mut().write_all(&item.to_ne_bytes());
        self.item = item;
        self
    }

    /// The result of its item; `None` if the worker died before it had sent all of it.
    fn answer<R: DeserializeOwned>(&mut self) -> Option<R> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).ok()?;
        let json = line.strip_suffix(b"\n")?; // without it the line is cut off, as `12` of `1234`
        serde_json::from_slice(json).ok()
    }

    /// Closes the stream, which ends a worker that is still alive, and waits for the worker.
    fn dismiss(self) -> io::Result<Failure> {
        drop(self.stream);
        loop {
            match waitpid(self.pid, None) {
                Ok(WaitStatus::Exited(_, status)) => return Ok(Failure::Exited(status)),
                Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(Failure::Killed(signal)),
                Ok(other) => {
                    unreachable!("BUG: waitpid without options tells of ends, not {other:?}")
                }
                Err(Errno::EINTR) => {} // a signal handler ran; the worker has not ended yet
                Err(error) => return Err(error.into()),
            }
        }
    }
}
