//! A socket of messages for each worker: each number arrives whole or not at all, so one call is enough.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

struct Worker {
    pid: Pid,
    socket: OwnedFd,
    item: usize,
}

pub fn mini_pool<T>(workers: usize, items: &[T], work: impl Fn(&T) -> u64) -> io::Result<Vec<u64>> {
    let mut pool = Vec::new();
    let mut failed = None;
    for _ in 0..workers.min(items.len()) {
        if let Err(error) = hire(&mut pool, |item| work(&items[item as usize])) {
            failed = Some(error);
            break;
        }
    }
    let mut results = vec![0; items.len()];
    let mut waiting = if failed.is_some() { 0..0 } else { 0..items.len() };
    let mut busy: Vec<Worker> = Vec::new();
    for mut worker in pool.into_iter().rev() {
        match waiting.next() {
            Some(item) => {
                worker.item = item;
                let _ = tell(&worker.socket, item as u64);
                busy.push(worker);
            }
            None => dismiss(worker),
        }
    }
    while !busy.is_empty() {
        let mut worker = busy.swap_remove(ready(&busy));
        match hear(&worker.socket) {
            Some(result) => {
                results[worker.item] = result;
                match waiting.next() {
                    Some(item) => {
                        worker.item = item;
                        let _ = tell(&worker.socket, item as u64);
                        busy.push(worker);
                    }
                    None => dismiss(worker),
                }
            }
            None => {
                failed.get_or_insert(io::Error::other("a worker has ended"));
                waiting = 0..0;
                dismiss(worker);
            }
        }
    }
    failed.map_or(Ok(results), Err)
}

fn hire(pool: &mut Vec<Worker>, work: impl Fn(u64) -> u64) -> io::Result<()> {
    let kind = SockType::SeqPacket;
    let (socket, its) = socketpair(AddressFamily::Unix, kind, None, SockFlag::SOCK_CLOEXEC)?;
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => {
            drop((std::mem::take(pool), socket));
            let served = catch_unwind(AssertUnwindSafe(|| {
                while let Some(item) = hear(&its) {
                    if tell(&its, work(item)).is_err() {
                        break;
                    }
                }
            }));
            exit(if served.is_ok() { 0 } else { 101 })
        }
        ForkResult::Parent { child } => pool.push(Worker { pid: child, socket, item: 0 }),
    }
    Ok(())
}

fn tell(socket: &OwnedFd, number: u64) -> nix::Result<()> {
    loop {
        match send(socket.as_raw_fd(), &number.to_ne_bytes(), MsgFlags::MSG_NOSIGNAL) {
            Err(Errno::EINTR) => {}
            sent => return sent.map(drop),
        }
    }
}

/// The next message; `None` at the end.
fn hear(socket: &OwnedFd) -> Option<u64> {
    let mut number = [0; 8];
    loop {
        match recv(socket.as_raw_fd(), &mut number, MsgFlags::empty()) {
            Err(Errno::EINTR) => {}
            Ok(8) => return Some(u64::from_ne_bytes(number)),
            _ => return None,
        }
    }
}

fn ready(pool: &[Worker]) -> usize {
    let entry = |worker: &Worker| libc::pollfd {
        fd: worker.socket.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    let mut entries: Vec<libc::pollfd> = pool.iter().map(entry).collect();
    loop {
        // SAFETY: the entries live through the call.
        unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, -1) };
        if let Some(place) = entries.iter().position(|entry| entry.revents != 0) {
            return place;
        }
    }
}

fn dismiss(worker: Worker) {
    drop(worker.socket);
    while waitpid(worker.pid, None) == Err(Errno::EINTR) {}
}
