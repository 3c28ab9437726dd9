//! A process pool in about a hundred lines. A run shows:
//!
//! * each worker has a socket of its own, and gets the next item when it has returned the last;
//! * the parent waits for all sockets at once, with `poll`, and so learns which worker is ready;
//! * a worker that dies loses only its item: the parent sees end-of-file and forks another.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::{self, ExitCode};

use lesson_cli::{Args, Failure, say};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

const USAGE: &str = "\
Squares the numbers from 0 on in a small pool of processes. One number is deadly.

Usage: small_pool [NUMBERS [SIZE [DEADLY]]]

  NUMBERS  how many numbers, 0 to 1000 (default 7)
  SIZE     number of workers, 1 to 100 (default 2)
  DEADLY   the number that makes a worker exit (default 3)
  --help   show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let numbers: usize = args.number("NUMBERS", 0..=1000)?.unwrap_or(7);
    let size = args.number("SIZE", 1..=100)?.unwrap_or(2);
    let deadly = args.number("DEADLY", 0..=u64::MAX)?.unwrap_or(3);
    args.finish()?;
    let square = move |number: u64| {
        if number == deadly { process::exit(1) } else { number * number }
    };
    let items: Vec<u64> = (0..numbers as u64).collect();
    let results = map(&square, &items, size).map_err(|error| Failure::system("the pool", error))?;
    for (item, result) in items.iter().zip(results) {
        match result {
            Ok(result) => say!("item {item}: {result}"),
            Err(WaitStatus::Exited(pid, status)) => {
                say!("item {item}: its worker, PID {pid}, exited with status {status}");
            }
            Err(status) => say!("item {item}: its worker has ended, {status:?}"),
        }
    }
    Ok(())
}

/// A worker, as the parent knows it.
struct Worker {
    pid: Pid,
    socket: UnixStream,
    /// The index of the item it works on.
    item: Option<usize>,
}

/// Forks a worker, which reads numbers from its socket and answers, until there is end-of-file.
fn start(workers: &mut Vec<Worker>, function: &impl Fn(u64) -> u64) -> io::Result<Worker> {
    let (ours, mut theirs) = UnixStream::pair()?;
    // SAFETY: this process has one thread, so no lock is held by a thread that the child lacks.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok(Worker { pid: child, socket: ours, item: None }),
        ForkResult::Child => {
            // If it kept the parent's ends, the other workers would never see end-of-file.
            workers.clear();
            drop(ours);
            while let Ok(number) = receive(&mut theirs) {
                if theirs.write_all(&function(number).to_le_bytes()).is_err() {
                    break;
                }
            }
            process::exit(0)
        }
    }
}

fn receive(socket: &mut UnixStream) -> io::Result<u64> {
    let mut bytes = [0; 8];
    socket.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// The results of all items, in order: each is a number, or how the item's worker ended.
fn map(
    function: &impl Fn(u64) -> u64,
    items: &[u64],
    size: usize,
) -> io::Result<Vec<Result<u64, WaitStatus>>> {
    let mut results = vec![Ok(0); items.len()];
    let mut left = 0..items.len();
    let mut workers = Vec::new();
    for _ in 0..size {
        let worker = start(&mut workers, function)?;
        workers.push(worker);
    }
    workers.iter_mut().for_each(|worker| give(worker, items, left.next()));
    while workers.iter().any(|worker| worker.item.is_some()) {
        for index in wait_for_any(&workers)? {
            let Some(item) = workers[index].item.take() else { continue };
            results[item] = match receive(&mut workers[index].socket) {
                Ok(result) => Ok(result),
                // End-of-file: the worker is dead. Only its item is lost.
                Err(_) => {
                    let status = waitpid(workers[index].pid, None)?;
                    workers[index] = start(&mut workers, function)?;
                    Err(status)
                }
            };
            give(&mut workers[index], items, left.next());
        }
    }
    for Worker { pid, socket, .. } in workers {
        drop(socket); // the worker sees end-of-file and ends
        waitpid(pid, None)?;
    }
    Ok(results)
}

/// Sends a worker its next item, if there is one.
fn give(worker: &mut Worker, items: &[u64], next: Option<usize>) {
    worker.item = next;
    if let Some(index) = next {
        // If the worker is dead, the next read shows it.
        let _ = worker.socket.write_all(&items[index].to_le_bytes());
    }
}

/// Waits until workers have answered or ended, and returns their indices.
fn wait_for_any(workers: &[Worker]) -> io::Result<Vec<usize>> {
    let busy: Vec<usize> = (0..workers.len()).filter(|&i| workers[i].item.is_some()).collect();
    let listen = |&index: &usize| PollFd::new(workers[index].socket.as_fd(), PollFlags::POLLIN);
    let mut fds: Vec<PollFd<'_>> = busy.iter().map(listen).collect();
    poll(&mut fds, PollTimeout::NONE)?;
    let ready = busy.iter().zip(&fds).filter(|(_, fd)| fd.any() == Some(true));
    Ok(ready.map(|(&index, _)| index).collect())
}
