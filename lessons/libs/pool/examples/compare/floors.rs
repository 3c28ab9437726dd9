//! What the bare system needs, without a pool.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Instant;

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use pool::Error;

use crate::work::{self, median};

/// A child that sends back each block of `size` bytes that it gets.
fn echo(size: usize) -> (Pid, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("a socket pair");
    // SAFETY: this process has one thread.
    match unsafe { fork() }.expect("a fork") {
        ForkResult::Parent { child } => (child, ours),
        ForkResult::Child => {
            drop(ours);
            let mut block = vec![0; size];
            let mut stream = theirs;
            while stream.read_exact(&mut block).is_ok() && stream.write_all(&block).is_ok() {}
            // SAFETY: `_exit` may be called anywhere.
            unsafe { libc::_exit(0) }
        }
    }
}

fn end(children: Vec<(Pid, UnixStream)>) {
    for (child, stream) in children {
        drop(stream);
        let _ = waitpid(child, None);
    }
}

/// P2: two forks, two messages there and back, two waits. Seconds.
pub(crate) fn start_and_stop() -> Result<f64, Error> {
    median(101, || {
        let children = [echo(8), echo(8)];
        for (_, stream) in &children {
            (&*stream).write_all(&[1; 8]).expect("an item sent");
        }
        for (_, stream) in &children {
            (&*stream).read_exact(&mut [0; 8]).expect("a result");
        }
        for (_, stream) in &children {
            stream.shutdown(std::net::Shutdown::Write).expect("an open socket");
        }
        end(children.into());
        Ok(())
    })
}

/// P4: 64 blocks of 4 MiB to two children and back, by a thread for each child. Megabytes a second.
pub(crate) fn large() -> f64 {
    let children = [echo(4 << 20), echo(4 << 20)];
    let mut seconds = Vec::new();
    for _ in 0..7 {
        let items = work::large_items();
        let start = Instant::now();
        let results = there_and_back(&items, &children);
        seconds.push(start.elapsed().as_secs_f64());
        assert_eq!(results, 64);
    }
    for (_, stream) in &children {
        stream.shutdown(std::net::Shutdown::Write).expect("an open socket");
    }
    end(children.into());
    work::LARGE_MB / work::middle(seconds)
}

fn there_and_back(items: &[Vec<u8>], children: &[(Pid, UnixStream); 2]) -> usize {
    let halves = items.chunks(32).zip(children);
    thread::scope(|scope| {
        let threads: Vec<_> = halves
            .map(|(half, (_, stream))| scope.spawn(move || exchange(half, stream).len()))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("results")).sum()
    })
}

fn exchange(items: &[Vec<u8>], mut stream: &UnixStream) -> Vec<Vec<u8>> {
    let exchange_one = |item: &Vec<u8>| {
        stream.write_all(item).expect("an item sent");
        let mut result = Vec::with_capacity(item.len());
        stream.take(item.len() as u64).read_to_end(&mut result).expect("a result");
        result
    };
    items.iter().map(exchange_one).collect()
}
