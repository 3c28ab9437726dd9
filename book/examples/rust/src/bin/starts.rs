//! What it costs to start a task, a thread, a process or a program, and to wait for its end. Each
//! figure is a mean. The last lines compare the fastest start of each, which other programs on the
//! machine disturb least.
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
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_thp_disable(true)?; // no huge pages, whose tables are much smaller
    let mib = std::env::args().nth(1).and_then(|argument| argument.parse().ok()).unwrap_or(0);
    let memory = vec![1_u8; mib << 20]; // each page is written to, so the parent has all of them
    measure("an async task, polled to its end", 5, 2_000, poll_one)?;
    let process = measure("a process: fork, end, reap", 50, 1, fork_and_reap)?;
    let start_true = || Command::new("true").status().map(drop);
    let program = measure("a program: Command, end, reap", 50, 1, start_true)?;
    std::hint::black_box(memory);
    // After the forks, because from here on there has been a thread.
    measure("a thread, joined", 50, 10, || {
        let _ = thread::spawn(|| {}).join(); // its only error is a panic
        Ok(())
    })?;
    let ratio = process / program;
    println!("a process / a program: {ratio:.1}, the fastest of each");
    println!("the process takes longer: {}", if ratio > 1.0 { "yes" } else { "no" });
    Ok(())
}

/// Prints the mean in microseconds, and returns that of the fastest round. What takes less time
/// than a look at the clock needs many `starts` in a round.
fn measure(
    what: &str,
    rounds: u32,
    starts: u32,
    mut work: impl FnMut() -> io::Result<()>,
) -> io::Result<f64> {
    let (mut sum, mut fastest) = (0.0, f64::INFINITY);
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..starts {
            work()?;
        }
        let mean = start.elapsed().as_secs_f64() * 1e6 / f64::from(starts);
        sum += mean;
        fastest = fastest.min(mean);
    }
    println!("{what:<36} {:>7.2} µs", sum / f64::from(rounds));
    Ok(fastest)
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
