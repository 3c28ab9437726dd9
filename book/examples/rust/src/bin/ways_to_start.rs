//! What it costs to start a program and to wait for its end, in three ways. Each figure is a mean.
//! The last lines compare the fastest starts, which other programs on the machine disturb least.
//!
//! The argument says how much memory the parent has written to before, in MiB (default 0).

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};
use std::time::Instant;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, execvp, fork};

fn main() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_thp_disable(true)?; // no huge pages, whose tables are much smaller
    let mib = std::env::args().nth(1).and_then(|argument| argument.parse().ok()).unwrap_or(0);
    let memory = vec![1_u8; mib << 20]; // each page is written to, so the parent has all of them
    let by_hand = measure("fork and exec", fork_and_exec)?;
    measure("Command with pre_exec", || with_pre_exec().status().map(drop))?;
    let command = measure("Command", || Command::new("true").status().map(drop))?;
    let ratio = by_hand / command;
    println!("fork and exec / Command: {ratio:.1}, the fastest of each");
    println!("more than four times as long: {}", if ratio > 4.0 { "yes" } else { "no" });
    std::hint::black_box(memory);
    Ok(())
}

/// Prints the mean, and returns the shortest time in seconds.
fn measure(what: &str, mut work: impl FnMut() -> io::Result<()>) -> io::Result<f64> {
    const TIMES: u32 = 10;
    let (mut sum, mut fastest) = (0.0, f64::INFINITY);
    for _ in 0..TIMES {
        let start = Instant::now();
        work()?;
        let time = start.elapsed().as_secs_f64();
        sum += time;
        fastest = fastest.min(time);
    }
    println!("{what:<22} {:>6.2} ms", sum / f64::from(TIMES) * 1e3);
    Ok(fastest)
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
