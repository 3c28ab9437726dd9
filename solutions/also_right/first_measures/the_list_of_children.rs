//! The kernel's own list of the children of each thread, and the file of `stat` for each of them.

use std::fs;
use std::io;
use std::process::exit;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// What a child took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub wall: Duration,
    pub processor: Duration,
}

pub fn cost_of(work: impl FnOnce()) -> nix::Result<Cost> {
    let account = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let micros = [usage.user_time(), usage.system_time()].map(|time| time.num_microseconds());
        nix::Result::Ok(Duration::from_micros(micros.iter().sum::<i64>() as u64))
    };
    let before = account()?;
    let start = Instant::now();
    // SAFETY: this process has one thread; the checks see to that.
    let child = match unsafe { fork()? } {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            work();
            exit(0)
        }
    };
    while !matches!(waitpid(child, None)?, WaitStatus::Exited(..) | WaitStatus::Signaled(..)) {}
    let wall = start.elapsed();
    Ok(Cost { wall, processor: account()?.saturating_sub(before) })
}

pub fn state_of(process: Pid) -> io::Result<char> {
    let stat = fs::read(format!("/proc/{process}/stat"))?;
    let stat = String::from_utf8_lossy(&stat);
    let name_ends = stat.rfind(") ").ok_or(io::ErrorKind::InvalidData)?;
    stat[name_ends + 2..].chars().next().ok_or(io::ErrorKind::InvalidData.into())
}

pub fn living_children(parent: Pid) -> io::Result<usize> {
    let mut living = 0;
    for thread in fs::read_dir(format!("/proc/{parent}/task"))? {
        let children = fs::read_to_string(thread?.path().join("children"))?;
        for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
            match state_of(Pid::from_raw(child)) {
                Ok('Z') => {}
                Ok(_) => living += 1,
                Err(_) => {} // gone meanwhile
            }
        }
    }
    Ok(living)
}
