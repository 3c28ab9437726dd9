//! When all workers have been forked, the parent starts a thread for each: it hands its worker item
//! after item, and waits for it at the end.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::Mutex;
use std::thread;

use nix::errno::Errno;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

pub fn mini_pool<T>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> u64,
) -> io::Result<Vec<u64>> {
    let mut pool = Vec::new();
    let hired =
        (0..workers.min(items.len())).try_for_each(|_| hire(&mut pool, |item| work(&items[item])));
    let waiting = Mutex::new(if hired.is_ok() { 0..items.len() } else { 0..0 });
    let results = Mutex::new(vec![None; items.len()]);
    let lead = |(pid, mut stream): (Pid, UnixStream)| {
        let next = || waiting.lock().ok()?.next();
        while let Some(item) = next() {
            let Ok(result) = ask(&mut stream, item) else { break };
            if let Ok(mut results) = results.lock() {
                results[item] = Some(result);
            }
        }
        drop(stream);
        while waitpid(pid, None) == Err(Errno::EINTR) {}
    };
    thread::scope(|scope| {
        for worker in pool {
            scope.spawn(|| lead(worker));
        }
    });
    hired?;
    let results = results.into_inner().unwrap_or_default().into_iter().collect();
    Option::ok_or_else(results, || io::Error::other("a worker has ended"))
}

fn ask(stream: &mut UnixStream, item: usize) -> io::Result<u64> {
    stream.write_all(&(item as u64).to_ne_bytes())?;
    let mut result = [0; 8];
    stream.read_exact(&mut result)?;
    Ok(u64::from_ne_bytes(result))
}

fn hire(pool: &mut Vec<(Pid, UnixStream)>, work: impl Fn(usize) -> u64) -> io::Result<()> {
    let (ours, mut its) = UnixStream::pair()?;
    // SAFETY: this process has one thread until all workers are there.
    match unsafe { fork()? } {
        ForkResult::Child => {
            pool.clear();
            drop(ours);
            let served = catch_unwind(AssertUnwindSafe(|| {
                let mut item = [0; 8];
                while its.read_exact(&mut item).is_ok() {
                    let answer = work(u64::from_ne_bytes(item) as usize).to_ne_bytes();
                    if its.write_all(&answer).is_err() {
                        break;
                    }
                }
            }));
            exit(served.map_or(101, |()| 0))
        }
        ForkResult::Parent { child } => pool.push((child, ours)),
    }
    Ok(())
}
