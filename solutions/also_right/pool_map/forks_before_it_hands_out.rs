//! All workers are forked first, then the work begins. Frames with a length instead of lines; the
//! C library's functions; a table with a place for each worker.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Exited(i32),
    Killed(Signal),
}

struct Worker {
    pid: i32,
    stream: UnixStream,
    item: Option<usize>,
}

pub fn pool_map<T, R>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> R,
) -> io::Result<Vec<Result<R, Failure>>>
where
    R: Serialize + DeserializeOwned,
{
    let mut places: Vec<Option<Worker>> = Vec::new();
    let mut results: Vec<Option<Result<R, Failure>>> = Vec::new();
    results.resize_with(items.len(), || None);
    let mut next = 0;
    let mut error = None;
    for _ in 0..workers.min(items.len()) {
        match start(&places, items, &work) {
            Ok(worker) => places.push(Some(worker)),
            Err(refused) => {
                error = Some(refused);
                next = items.len();
                break;
            }
        }
    }
    for place in &mut places {
        if next < items.len() {
            place.as_mut().map(|worker| give(worker, next));
            next += 1;
        } else {
            place.take().map(end);
        }
    }
    while let Some(place) = ready(&places)? {
        let mut worker = places[place].take().expect("it is ready");
        let item = worker.item.take().expect("only workers with an item stay");
        match answer(&mut worker) {
            Ok(result) => {
                results[item] = Some(Ok(result));
                if next < items.len() {
                    give(&mut worker, next);
                    places[place] = Some(worker);
                    next += 1;
                } else {
                    end(worker);
                }
            }
            Err(_) => {
                results[item] = Some(Err(end(worker)));
                if next == items.len() {
                    continue;
                }
                match start(&places, items, &work) {
                    Ok(mut worker) => {
                        give(&mut worker, next);
                        places[place] = Some(worker);
                        next += 1;
                    }
                    Err(refused) => {
                        error = Some(refused);
                        next = items.len();
                    }
                }
            }
        }
    }
    match error {
        Some(error) => Err(error),
        None => Ok(results.into_iter().flatten().collect()),
    }
}

fn start<T, R: Serialize>(
    others: &[Option<Worker>],
    items: &[T],
    work: &impl Fn(&T) -> R,
) -> io::Result<Worker> {
    let (ours, its) = UnixStream::pair()?;
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            drop(ours);
            for other in others.iter().flatten() {
                let _ = nix::unistd::close(std::os::fd::AsRawFd::as_raw_fd(&other.stream));
            }
            exit(match catch_unwind(AssertUnwindSafe(|| serve(its, items, work))) {
                Ok(Ok(())) => 0,
                Ok(Err(_)) => 1,
                Err(_) => 101,
            })
        }
        pid => Ok(Worker { pid, stream: ours, item: None }),
    }
}

fn serve<T, R: Serialize>(
    mut stream: UnixStream,
    items: &[T],
    work: &impl Fn(&T) -> R,
) -> io::Result<()> {
    let mut item = [0; 8];
    while stream.read_exact(&mut item).is_ok() {
        let json = serde_json::to_vec(&work(&items[u64::from_le_bytes(item) as usize]))?;
        stream.write_all(&(json.len() as u64).to_le_bytes())?;
        stream.write_all(&json)?;
    }
    Ok(())
}

fn give(worker: &mut Worker, item: usize) {
    worker.item = Some(item);
    let _ = worker.stream.write_all(&(item as u64).to_le_bytes()); // its death shows later
}

fn answer<R: DeserializeOwned>(worker: &mut Worker) -> io::Result<R> {
    let mut length = [0; 8];
    worker.stream.read_exact(&mut length)?;
    let mut json = vec![0; u64::from_le_bytes(length) as usize];
    worker.stream.read_exact(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

/// The place of a worker that has something to say; `None` if there are no workers.
fn ready(places: &[Option<Worker>]) -> io::Result<Option<usize>> {
    let taken: Vec<usize> = (0..places.len()).filter(|&place| places[place].is_some()).collect();
    let streams = taken.iter().filter_map(|&place| places[place].as_ref());
    let mut streams: Vec<PollFd> =
        streams.map(|worker| PollFd::new(worker.stream.as_fd(), PollFlags::POLLIN)).collect();
    if streams.is_empty() {
        return Ok(None);
    }
    loop {
        match poll(&mut streams, PollTimeout::NONE) {
            Ok(_) => break,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(streams.iter().position(|stream| stream.any() == Some(true)).map(|index| taken[index]))
}

fn end(worker: Worker) -> Failure {
    drop(worker.stream);
    let mut status = 0;
    // SAFETY: `status` lives until the call has returned.
    while unsafe { libc::waitpid(worker.pid, &mut status, 0) } == -1 {
        assert_eq!(Errno::last(), Errno::EINTR, "a worker that cannot be waited for");
    }
    if libc::WIFSIGNALED(status) {
        let signal = Signal::try_from(libc::WTERMSIG(status)).expect("a signal that there is");
        return Failure::Killed(signal);
    }
    Failure::Exited(libc::WEXITSTATUS(status))
}
