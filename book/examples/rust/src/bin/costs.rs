//! The cost of processes, compared with the cost of a function call. Each figure is a mean.

use std::hint::black_box;
use std::io;
use std::process::exit;
use std::time::{Duration, Instant};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use pool::{Bytes, Error, Pool};

const MIB: usize = 1024 * 1024;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    say("call a function", mean(1000, || Ok::<_, Error>(black_box(square)(7)))?);
    say("fork, end, reap", mean(100, fork_and_reap)?);
    let data = vec![1_u8; 128 * MIB]; // each page is written to, so all of them are in memory
    say("the same, with 128 MiB", mean(10, fork_and_reap)?);

    let squares = Pool::new(1, square)?;
    say("one number there and back", mean(1000, || squares.apply(7))?);
    say("10000 of them in one call", mean(10, || squares.map(0..10_000))?);
    drop(squares);

    let lengths = Pool::new(1, |item: Bytes| item.0.len())?;
    say("send 16 MiB to a worker", mean(5, || lengths.apply(Bytes(data[..16 * MIB].to_vec())))?);
    drop(lengths);
    let inherited = Pool::new(1, move |end: usize| data[..end].len())?;
    say("say which 16 MiB of its own", mean(100, || inherited.apply(16 * MIB))?);
    Ok(())
}

fn square(number: u64) -> u64 {
    number * number
}

fn fork_and_reap() -> io::Result<()> {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => exit(0),
        ForkResult::Parent { child } => waitpid(child, None).map(drop)?,
    }
    Ok(())
}

fn mean<T, E>(times: u32, mut work: impl FnMut() -> Result<T, E>) -> Result<Duration, E> {
    let start = Instant::now();
    for _ in 0..times {
        black_box(work()?);
    }
    Ok(start.elapsed() / times)
}

fn say(what: &str, time: Duration) {
    println!("{what:<28} {:>8.1} µs", time.as_secs_f64() * 1e6);
}
