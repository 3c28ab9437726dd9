//! What it costs to start a program and to wait for its end, in three ways. Each figure is a mean.
//!
//! The argument says how much memory the parent has written to before, in MiB (default 0).

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};
use std::time::{Duration, Instant};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, execvp, fork};

fn main() -> io::Result<()> {
    let mib = std::env::args().nth(1).and_then(|argument| argument.parse().ok()).unwrap_or(0);
    let memory = vec![1_u8; mib << 20]; // each page is written to, so the parent has all of them
    let by_hand = mean("fork and exec", fork_and_exec)?;
    mean("Command with pre_exec", || with_pre_exec().status().map(drop))?;
    let command = mean("Command", || Command::new("true").status().map(drop))?;
    println!("fork and exec / Command: {:.1}", by_hand.as_secs_f64() / command.as_secs_f64());
    std::hint::black_box(memory);
    Ok(())
}

fn mean(what: &str, mut work: impl FnMut() -> io::Result<()>) -> io::Result<Duration> {
    const TIMES: u32 = 10;
    let start = Instant::now();
    for _ in 0..TIMES {
        work()?;
    }
    let time = start.elapsed() / TIMES;
    println!("{what:<22} {:>6.2} ms", time.as_secs_f64() * 1e3);
    Ok(time)
}

fn fork_and_exec() -> io::Result<()> {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let _ = execvp(c"true", &[c"true"]); // returns only if it fails
            exit(127)
        }
        ForkResult::Parent { child } => waitpid(child, None).map(drop)?,
    }
    Ok(())
}

/// A step between fork and exec, even an empty one, makes a real fork necessary.
fn with_pre_exec() -> Command {
    let mut command = Command::new("true");
    // SAFETY: the closure does nothing, and so nothing that a forked child must not do.
    unsafe { command.pre_exec(|| Ok(())) };
    command
}
