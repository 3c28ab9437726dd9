//! What it costs to start a task, a thread, a process or a program, and to wait for its end. Each
//! figure is a mean.
//!
//! The argument says how much memory the parent has written to before, in MiB (default 0).

use std::future::Future;
use std::io;
use std::pin::pin;
use std::process::{Command, exit};
use std::task::{Context, Waker};
use std::thread;
use std::time::Instant;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let mib = std::env::args().nth(1).and_then(|argument| argument.parse().ok()).unwrap_or(0);
    let memory = vec![1_u8; mib << 20]; // each page is written to, so the parent has all of them
    mean("an async task, polled to its end", 10_000, poll_one)?;
    mean("a process: fork, end, reap", 50, fork_and_reap)?;
    mean("a program: Command, end, reap", 50, || Command::new("true").status().map(drop))?;
    std::hint::black_box(memory);
    // Last, because after it there has been a thread.
    mean("a thread, joined", 500, || {
        let _ = thread::spawn(|| {}).join(); // its only error is a panic
        Ok(())
    })
}

fn mean(what: &str, times: u32, mut work: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    let start = Instant::now();
    for _ in 0..times {
        work()?;
    }
    let time = start.elapsed() / times;
    println!("{what:<36} {:>7.2} µs", time.as_secs_f64() * 1e6);
    Ok(())
}

fn poll_one() -> io::Result<()> {
    let poll = pin!(async {}).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_ready(), "BUG: it waits for nothing");
    Ok(())
}

fn fork_and_reap() -> io::Result<()> {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => exit(0),
        ForkResult::Parent { child } => waitpid(child, None).map(drop)?,
    }
    Ok(())
}
